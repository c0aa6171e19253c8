import { printable } from "../core/index.ts";
import { type Http, sendFollowing } from "../http/index.ts";
import { chooseChallenge } from "./auth/challenge.ts";
import { maxMetadataRedirects } from "./auth/token.ts";
import type { Endpoint } from "./endpoint.ts";

/** What a server says when it is asked, without a login, whether it is a registry. Texts are printable. */
export interface Ping {
  /** Who was asked. */
  readonly url: string;
  /** 200 and 401 are a registry's. */
  readonly status: number;
  /** How it wants its clients to log in; `undefined` when it says nothing of that. */
  readonly challenge:
    | {
        readonly scheme: string;
        readonly realm: string | undefined;
        readonly service: string | undefined;
      }
    | undefined;
}

/** Asks a registry, or a mirror, whether it is one (distribution-spec v1.1, "Determining Support": `GET /v2/`). */
export async function ping(
  http: Http,
  { api, namespace, allowPlainHttp }: Endpoint,
  signal: AbortSignal | undefined,
): Promise<Ping> {
  const url = new URL(api);
  if (namespace !== undefined) url.searchParams.set("ns", namespace);
  const rules = { maxRedirects: maxMetadataRedirects, allowPlainHttp };
  const { response } = await sendFollowing(http, { method: "GET", url, signal }, rules);
  response.discard();
  const challenge = chooseChallenge(response.header("www-authenticate") ?? "");
  const shown = (name: string): string | undefined => {
    const text = challenge?.parameters.get(name);
    return text === undefined ? undefined : printable(text);
  };
  return {
    url: printable(api.href),
    status: response.status,
    challenge: challenge && { scheme: challenge.scheme, realm: shown("realm"), service: shown("service") },
  };
}
