import type { Secret } from "../../registry/index.ts";
import { errorResponse } from "../registry/json-response.ts";
import { createHostCheck } from "./host-check.ts";
import { isPlainTarget } from "./request-target.ts";
import { createTokenCheck } from "./token-check.ts";

/** Who may ask. */
export interface GateOptions {
  /** Where the server listens. */
  readonly host: string;
  /** Names under which it is reached besides. */
  readonly allowedHosts: readonly string[];
  /** `undefined` lets everybody in. */
  readonly token: Secret | undefined;
}

/** A request as it was sent, before a URL is made of it. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
}

/** Largest body of a request, in bytes. */
const maxBodyBytes = 1_048_576;

/** What is answered without a token: whether the server is up says nothing of what it has. */
const openPath = "/healthz";

/** Makes what looks at each request first: the answer to one that is refused, `undefined` for one that may pass. */
export function createGate(options: GateOptions): (head: RequestHead) => Response | undefined {
  const isOwnHost = createHostCheck(options.host, options.allowedHosts);
  const isToken = options.token === undefined ? () => true : createTokenCheck(options.token);
  return ({ method, target, headers }) => {
    if (method === "TRACE")
      return errorResponse(405, "UNSUPPORTED", "not here", { allow: "GET, HEAD, POST" });
    if (!isPlainTarget(target)) return errorResponse(400, "DENIED", "this is no plain path");
    if (!isOwnHost(headers.get("host")))
      return errorResponse(
        421,
        "DENIED",
        "this server does not answer for that Host; --allow-host adds a name",
      );
    if (isForeign(headers.get("origin"), headers.get("host")))
      return errorResponse(403, "DENIED", "pages of other sites may not ask here");
    if (headers.has("transfer-encoding"))
      return closing(411, "SIZE_INVALID", "the length of a body must be said before it");
    if (Number(headers.get("content-length") ?? 0) > maxBodyBytes)
      return closing(413, "SIZE_INVALID", `a body may have ${maxBodyBytes} bytes`);
    if (target === openPath || isToken(headers.get("authorization"))) return undefined;
    const challenge = { "www-authenticate": 'Basic realm="greentic-dist dev", charset="UTF-8"' };
    return errorResponse(401, "UNAUTHORIZED", "a token is required", challenge);
  };
}

/** Whether a browser says that a page of another origin makes it ask. */
function isForeign(origin: string | null, host: string | null): boolean {
  return origin !== null && origin !== `http://${host}` && origin !== `https://${host}`;
}

/** Of a request whose body is not read. */
function closing(status: number, code: string, message: string): Response {
  return errorResponse(status, code, message, { connection: "close" });
}
