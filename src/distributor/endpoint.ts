import { DistError, printable, withoutSecrets } from "../core/index.ts";
import { checkRequest, type HttpRequest, isLoopbackHost } from "../http/index.ts";
import type { DistributorClientConfig } from "./config.ts";
import { DistributorError } from "./distributor-error.ts";

/** Where a distributor's calls go, and what goes with each. */
export interface Endpoint {
  /**
   * The address of a call below `/distributor-api/`.
   * @throws {DistributorError} `invalid_response` without a base URL
   */
  readonly urlOf: (call: string, query?: Readonly<Record<string, string>>) => URL;
  readonly headers: NonNullable<HttpRequest["headers"]>;
  /** What of the headers may be secret. */
  readonly secrets: readonly string[];
}

/** Shorter values of headers are no secrets: to hide them would only garble messages. */
const shortestSecret = 8;

/**
 * Checks what a configuration says of the way to a distributor.
 * @throws {DistError} INVALID_CONFIG, INSECURE_URL
 */
export function parseEndpoint(config: DistributorClientConfig): Endpoint {
  const base = parseBase(config);
  const headers = headersOf(config);
  return {
    urlOf: (call, query = {}) => {
      if (base === undefined) throw missingBase();
      const url = new URL(base);
      url.pathname = `${base.pathname.replace(/\/+$/, "")}/distributor-api/${call}`;
      url.search = new URLSearchParams(query).toString();
      return url;
    },
    headers,
    secrets: [config.authToken ?? "", ...Object.values(config.extraHeaders ?? {})].filter(
      (value) => value.length >= shortestSecret || (value !== "" && value === config.authToken),
    ),
  };
}

function missingBase(): DistributorError<"invalid_response"> {
  return new DistributorError("invalid_response", "base_url not configured", {
    code: "INVALID_CONFIG",
    details: {},
    hint: "set the distributor's address: baseUrl",
  });
}

function parseBase({ baseUrl, allowInsecureHttp = false }: DistributorClientConfig): URL | undefined {
  if (baseUrl === undefined) return undefined;
  const reference = printable(withoutSecrets(baseUrl));
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw invalidConfig(`base_url \`${reference}\` is none: expected https://host/path, without a query`);
  }
  if (url.username !== "" || url.password !== "") {
    throw invalidConfig(`base_url \`${reference}\` carries credentials: they belong in authToken`);
  }
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname) && !allowInsecureHttp) {
    throw new DistError(
      "INSECURE_URL",
      `insecure url \`${reference}\`: only https is allowed`,
      { reference },
      { hint: "set allowInsecureHttp to send everything, the token too, where others can read it" },
    );
  }
  return url;
}

function headersOf({ authToken, extraHeaders = {} }: DistributorClientConfig): Endpoint["headers"] {
  const headers = {
    accept: "application/json, application/octet-stream",
    ...(authToken !== undefined && { authorization: `Bearer ${authToken}` }),
    ...Object.fromEntries(Object.entries(extraHeaders).map(([name, value]) => [name.toLowerCase(), value])),
  };
  try {
    checkRequest({ method: "GET", url: new URL("http://localhost/"), headers });
  } catch (error) {
    // What it says names the header and keeps its value to itself.
    if (error instanceof TypeError) throw invalidConfig(`cannot send the headers: ${error.message}`);
    throw error;
  }
  return headers;
}

function invalidConfig(message: string): DistError<"INVALID_CONFIG"> {
  return new DistError("INVALID_CONFIG", message, {});
}
