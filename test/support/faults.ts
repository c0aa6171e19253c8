import { setTimeout as sleep } from "node:timers/promises";
import type { Wrap } from "./http-server.ts";

export { requireBasic, requireToken } from "./registry-auth.ts";

/** Which requests a fault concerns. `path` comes without the query. */
export type Match = (request: { readonly method: string; readonly path: string }) => boolean;

/** Requests for a blob. */
export const isBlob: Match = ({ path }) => /\/blobs\/sha256:[^/]+$/.test(path);

/** Requests for a manifest, by tag or digest. */
export const isManifest: Match = ({ path }) => /\/manifests\/[^/]+$/.test(path);

/** Several wraps as one; the first is the outermost: it sees the request first and the response last. */
export function compose(...wraps: readonly Wrap[]): Wrap {
  return (handler) => wraps.reduceRight((inner, wrap) => wrap(inner), handler);
}

/** One answer of a {@link statusScript}. */
export interface ScriptedAnswer {
  readonly match: Match;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** Each answer is given once, to the first request that it matches; what no answer is left for gets through. */
export function statusScript(answers: readonly ScriptedAnswer[]): Wrap {
  const left = [...answers];
  return (handler) => async (request) => {
    const i = left.findIndex(({ match }) => matches(match, request));
    const [answer] = i < 0 ? [] : left.splice(i, 1);
    if (answer === undefined) return handler(request);
    const { status, headers = {}, body = "" } = answer;
    const length = String(Buffer.byteLength(body));
    const hasBody = request.method !== "HEAD" && status !== 204 && status !== 304;
    return new Response(hasBody ? body : null, { status, headers: { "content-length": length, ...headers } });
  };
}

/** Breaks the connection after `atByte` bytes of the body: by its end, or as `failure` says. */
export function cutBody(
  match: Match,
  atByte: number,
  failure: Error = new Error("the body is cut here"),
): Wrap {
  return onBody(match, async function* cut(body) {
    let left = atByte;
    for await (const chunk of body) {
      if (chunk.length > left) {
        yield chunk.subarray(0, left);
        throw failure;
      }
      left -= chunk.length;
      yield chunk;
    }
  });
}

/** Inverts the bits of the byte at `position` of the body. */
export function flipByte(match: Match, position: number): Wrap {
  return onBody(match, async function* flip(body) {
    let start = 0;
    for await (const chunk of body) {
      const copy = chunk.slice();
      const i = position - start;
      if (i >= 0 && i < copy.length) copy[i]! ^= 0xff;
      start += chunk.length;
      yield copy;
    }
  });
}

/** Sends `bytes` after the body, and counts them in Content-Length. */
export function appendBytes(match: Match, bytes: Uint8Array): Wrap {
  return compose(
    onResponse(match, ({ headers }) => addToLength(headers, bytes.length)),
    onBody(match, async function* append(body) {
      yield* body;
      yield bytes;
    }),
  );
}

/** Says a Content-Length that is off by `delta` bytes, and closes the connection after the body. */
export function wrongLength(match: Match, delta: number): Wrap {
  return onResponse(match, ({ headers }) => {
    addToLength(headers, delta);
    headers.set("connection", "close");
  });
}

/** Sends the body in pieces of `bytes`, with a pause before each. */
export function slowDrip(
  match: Match,
  { bytes, everyMs }: { readonly bytes: number; readonly everyMs: number },
): Wrap {
  return onBody(match, async function* drip(body) {
    for await (const chunk of body) {
      for (let i = 0; i < chunk.length; i += bytes) {
        await sleep(everyMs, undefined, { ref: false });
        yield chunk.subarray(i, i + bytes);
      }
    }
  });
}

/** Sends the client elsewhere: to an address, or to what `to` makes of the request's own. */
export function redirect(match: Match, to: string | ((url: URL) => string), status = 307): Wrap {
  return (handler) => async (request) => {
    if (!matches(match, request)) return handler(request);
    const location = typeof to === "string" ? to : to(new URL(request.url));
    return new Response(null, { status, headers: { location, "content-length": "0" } });
  };
}

/** Says `digest` in Docker-Content-Digest. */
export function lyingDigestHeader(match: Match, digest: string): Wrap {
  return onResponse(match, ({ headers }) => headers.set("docker-content-digest", digest));
}

/** Takes the request and never answers. */
export function acceptNoReply(match: Match): Wrap {
  return (handler) => (request) => (matches(match, request) ? new Promise(() => {}) : handler(request));
}

function matches(match: Match, { method, url }: Request): boolean {
  return match({ method, path: new URL(url).pathname });
}

function onResponse(match: Match, change: (response: Response) => void): Wrap {
  return (handler) => async (request) => {
    const response = await handler(request);
    if (matches(match, request)) change(response);
    return response;
  };
}

function onBody(match: Match, change: (body: ReadableStream<Uint8Array>) => AsyncIterable<Uint8Array>): Wrap {
  return (handler) => async (request) => {
    const response = await handler(request);
    if (response.body === null || !matches(match, request)) return response;
    return new Response(ReadableStream.from(change(response.body)), response);
  };
}

function addToLength(headers: Headers, delta: number): void {
  headers.set("content-length", String(Number(headers.get("content-length")) + delta));
}
