import { unescape } from "node:querystring";
import type { Cache, Meaning } from "../cache/index.ts";
import { DistError, essenceOf, mediaTypes, printable, type ReferenceOf } from "../core/index.ts";
import {
  type Http,
  type HttpResponse,
  isLoopbackHost,
  isRest,
  maxRetryAfterMs,
  partialBytes,
  type PartialBytes,
  rangeHeaders,
  remarksOn,
  type RestOf,
  retryAfterOf,
  sendFollowing,
  strongEtagOf,
} from "../http/index.ts";
import { canonicalOf, shownOf } from "./canonical.ts";
import type { ContentResolution, Source } from "./source.ts";

/** What {@link createHttpsSource} works with. */
export interface HttpsSourceOptions {
  readonly http: Http;
  /** What it holds of an address is only asked for when the server says that it changed. */
  readonly cache: Cache;
  /** Whether plain http is allowed to servers on this machine. */
  readonly allowLoopbackHttp: boolean;
}

/** How often a download may be sent on to another address. */
const maxRedirects = 10;

/**
 * Artifacts at a web address. Their digest is known when they were read, so nothing but TLS vouches for them the
 * first time; after that the server is asked whether they changed (RFC 9110, section 13.1.2).
 */
export function createHttpsSource(options: HttpsSourceOptions): Source<ReferenceOf<"https">> {
  const { cache } = options;
  return {
    async resolve(reference, { signal, known }) {
      if (!isAllowed(reference.url, options)) throw insecure(reference);
      if (known !== undefined) return { ...heldResolution(options, reference, known), note: undefined };
      const meaning = await heldMeaning(cache, reference);
      const condition = meaning?.etag === undefined ? {} : { "if-none-match": meaning.etag };
      const response = await request(options, reference, condition, signal);
      if (meaning !== undefined && response.status === 304) {
        response.discard();
        return heldResolution(options, reference, meaning);
      }
      return freshResolution(options, reference, successful(reference, response));
    },
  };
}

/** What the address last meant, when the server can be asked whether that changed and the cache still holds it. */
async function heldMeaning(cache: Cache, reference: ReferenceOf<"https">): Promise<Meaning | undefined> {
  const meaning = await cache.recall(canonicalOf(reference));
  if (meaning?.etag === undefined) return undefined;
  return (await cache.locate(meaning.digest, [])) === undefined ? undefined : meaning;
}

function heldResolution(
  options: HttpsSourceOptions,
  reference: ReferenceOf<"https">,
  { digest, mediaType, etag }: Meaning,
): ContentResolution {
  return {
    kind: "content",
    digest,
    size: undefined,
    mediaType,
    open: async (signal) => successful(reference, await request(options, reference, {}, signal)).body,
    discard: () => undefined,
    note: { canonical: canonicalOf(reference), shown: shownOf(reference), etag },
  };
}

function freshResolution(
  options: HttpsSourceOptions,
  reference: ReferenceOf<"https">,
  response: HttpResponse,
): ContentResolution {
  const { body, discard } = response;
  if (!body.delimited) {
    discard();
    throw new DistError(
      "NETWORK",
      `cannot use the answer of ${reference.url.host}: it says neither how long the file is nor where it ends`,
      {
        reference: printable(reference.text),
        method: "GET",
        url: printable(reference.url.href),
        status: 200,
      },
    );
  }
  let isOpened = false;
  return {
    kind: "content",
    digest: undefined,
    size: body.length,
    mediaType: essenceOf(response.header("content-type") ?? mediaTypes.octetStream),
    open: async (signal, rest) => {
      if (!isOpened) {
        isOpened = true;
        // What an earlier call left may be of another version.
        if (rest === undefined || rest.etag !== strongEtagOf(response)) return partialBytes(response, 0);
        discard();
      }
      return reopen(options, reference, response, rest, signal);
    },
    discard,
    note: {
      canonical: canonicalOf(reference),
      shown: shownOf(reference),
      etag: response.header("etag"),
    },
  };
}

/**
 * The rest of the file whose beginning `first` was, or all of it again. Only a strong ETag says that two answers are of
 * the same bytes.
 * @throws {DistError} NETWORK when the file is now another one
 */
async function reopen(
  options: HttpsSourceOptions,
  reference: ReferenceOf<"https">,
  first: HttpResponse,
  rest: RestOf | undefined,
  signal: AbortSignal | undefined,
): Promise<PartialBytes> {
  const etag = strongEtagOf(first);
  if (rest !== undefined && etag !== undefined && rest.etag === etag) {
    const wanted = { ...rest, size: first.body.length };
    const part = await request(options, reference, rangeHeaders(wanted), signal);
    if (isRest(part, wanted)) return partialBytes(part, rest.offset);
    if (part.status === 200 && isSameFile(first, part)) return partialBytes(part, 0);
    part.discard();
  }
  const whole = await request(options, reference, {}, signal);
  if (whole.status === 200 && isSameFile(first, whole)) return partialBytes(whole, 0);
  successful(reference, whole).discard();
  const text = printable(reference.text);
  throw new DistError(
    "NETWORK",
    `failed to pull \`${text}\`: the file changed while it was downloaded`,
    { reference: text, method: "GET", url: printable(reference.url.href), status: 200 },
    { hint: "try again" },
  );
}

/** Whether two answers describe the same file, as far as they say. */
function isSameFile(one: HttpResponse, other: HttpResponse): boolean {
  return (
    one.body.length === other.body.length &&
    other.body.delimited &&
    ["etag", "content-type"].every((name) => one.header(name) === other.header(name))
  );
}

async function request(
  { http, ...options }: HttpsSourceOptions,
  reference: ReferenceOf<"https">,
  condition: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const url = new URL(reference.url);
  const authorization = basicAuthorization(url);
  url.username = "";
  url.password = "";
  const headers = {
    accept: "*/*",
    ...(authorization === undefined ? {} : { authorization }),
    ...condition,
  };
  const { response } = await sendFollowing(
    http,
    { method: "GET", url, headers, signal },
    { maxRedirects, allowPlainHttp: (target) => isAllowed(target, options) },
  );
  return response;
}

/**
 * The answer, when it is the file.
 * @throws {DistError} UNAUTHORIZED, FORBIDDEN, NOT_FOUND, RATE_LIMITED, NETWORK
 */
function successful(reference: ReferenceOf<"https">, response: HttpResponse): HttpResponse {
  if (response.status === 200) return response;
  response.discard();
  throw refusal(reference, response);
}

/** What it means that a web server answered with this status. */
function refusal({ text, url }: ReferenceOf<"https">, response: HttpResponse): DistError {
  const { status, attempts } = response;
  const reference = printable(text);
  const credentialsSent = url.username !== "" || url.password !== "";
  const retryAfterMs = retryAfterOf(response, new Uint8Array(), Number.NaN);
  const told = { retryAfterMs, attempts };
  const details = {
    reference,
    method: "GET",
    url: printable(url.href),
    status,
    credentialsSent,
    ...told,
  };
  const message = `failed to pull \`${reference}\`: ${url.host} answered ${status}${remarksOn(told)}`;
  switch (status) {
    case 401:
      return new DistError("UNAUTHORIZED", message, details, { hint: "the address needs a login" });
    case 403:
      return new DistError("FORBIDDEN", message, details, { hint: "a signed address may have expired" });
    case 404:
    case 410:
      return new DistError("NOT_FOUND", message, details, { hint: "check the address" });
    default:
      return status === 429 || (retryAfterMs ?? 0) > maxRetryAfterMs
        ? new DistError("RATE_LIMITED", message, details)
        : new DistError("NETWORK", message, details);
  }
}

function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  // Unlike decodeURIComponent this leaves a percent sign that begins no escape as it is.
  const text = `${unescape(username)}:${unescape(password)}`;
  return `Basic ${Buffer.from(text).toString("base64")}`;
}

function isAllowed(url: URL, { allowLoopbackHttp }: Pick<HttpsSourceOptions, "allowLoopbackHttp">): boolean {
  return url.protocol === "https:" || (allowLoopbackHttp && isLoopbackHost(url.hostname));
}

function insecure({ text, url }: ReferenceOf<"https">): DistError<"INSECURE_URL"> {
  const reference = printable(text);
  return new DistError(
    "INSECURE_URL",
    `insecure url \`${reference}\`: only https is allowed`,
    { reference },
    {
      hint: isLoopbackHost(url.hostname)
        ? "set GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP=1 to allow http to this machine"
        : "use https; http is allowed to this machine only, and only with GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP=1",
    },
  );
}
