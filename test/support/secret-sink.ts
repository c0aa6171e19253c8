import type { Http, HttpRequest, HttpResponse } from "../../src/http/index.ts";

/** The secret that a {@link SecretSink} looks for. */
export const canary = "canary-5e1f";

/** What a sink answers to a request. */
export interface SinkAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

/** The whole network in one place: every server is this one, and it looks for secrets in what it is sent. */
export interface SecretSink {
  readonly http: Http;
  readonly requests: readonly HttpRequest[];
  /** Where a secret was sent to: the canary itself, as a login, or a token that was given for it (`granted`). */
  readonly toldSecret: () => readonly URL[];
}

/** A sink that answers so. */
export function createSink(answer: (request: HttpRequest) => SinkAnswer): SecretSink {
  const requests: HttpRequest[] = [];
  return {
    requests,
    http: {
      send: async (request) => {
        requests.push(request);
        return responseOf(answer(request));
      },
      close: () => undefined,
    },
    toldSecret: () => requests.filter(holdsSecret).map(({ url }) => url),
  };
}

function holdsSecret({ url, headers = {}, body }: HttpRequest): boolean {
  const texts = [url.href, ...Object.values(headers), textOf(body)];
  const decoded = texts.map((text) => Buffer.from(text.replace(/^Basic /, ""), "base64").toString());
  return [...texts, ...decoded].some((text) => text.includes(canary) || text.includes("granted"));
}

/** The sink reads no streams: what is streamed are blobs. */
function textOf(body: HttpRequest["body"]): string {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : "";
}

function responseOf({ status, headers = {}, body = "" }: SinkAnswer): HttpResponse {
  const bytes = Buffer.from(body);
  return {
    status,
    header: (name) => headers[name],
    body: {
      length: bytes.length,
      delimited: true,
      async *[Symbol.asyncIterator]() {
        yield bytes;
      },
    },
    discard: () => undefined,
  };
}
