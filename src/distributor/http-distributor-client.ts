import { bareAddress, DistError, isDigest, limits, printable } from "../core/index.ts";
import { type Http, httpFromFetch, type HttpRequest, type HttpResponse, readBody } from "../http/index.ts";
import { checkDigest } from "./check-digest.ts";
import { type Codec, decode, encode } from "./codec.ts";
import type { DistributorClientConfig } from "./config.ts";
import type { ArtifactSource, DistributorCallOptions, DistributorClient } from "./distributor-client.ts";
import { DistributorError } from "./distributor-error.ts";
import type { DistributorSource } from "./distributor-source.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
import { exchange } from "./exchange.ts";
import { checkId, invalidInput, packQuery } from "./pack-query.ts";
import { type PackStatusResponse, packStatusResponse } from "./pack-status.ts";
import {
  type ResolveComponentRequest,
  resolveComponentRequest,
  type ResolveComponentResponse,
  resolveComponentResponse,
  type ResolveRefResponse,
  resolveRefResponse,
} from "./resolved-component.ts";
import type { TenantCtx } from "./tenant-ctx.ts";
import { parseJsonBytes, printJson } from "./wire-json.ts";

/** How a {@link HttpDistributorClient} reaches the network. One of them at most. */
export interface HttpDistributorClientOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The port of `greentic-dist/registry`, for a client with certificates, a proxy or timeouts of its own. */
  readonly http?: Http | undefined;
  /** Most bytes of one pack or artifact. Default: 2 GiB. */
  readonly maxArtifactBytes?: number | undefined;
}

const defaultTimeoutMs = 30_000;

/** One call, as it is sent. */
interface Call extends DistributorCallOptions {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON, by POST. Without it: GET. */
  readonly body?: unknown;
}

/**
 * A distributor over HTTP: JSON below `<baseUrl>/distributor-api/`. Needs nothing but `fetch`, so that it works in a
 * guest too. It is a `DistributorSource` as well.
 *
 * Answers in JSON may have 4 MiB and be nested 128 deep. Redirects are followed within the origin, five at most.
 */
export class HttpDistributorClient implements DistributorClient, DistributorSource {
  readonly #http: Http;
  readonly #endpoint: Endpoint;
  readonly #config: DistributorClientConfig;
  readonly #maxArtifactBytes: number;

  /** @throws {DistError} INVALID_CONFIG, INSECURE_URL for plain http to another machine without `allowInsecureHttp` */
  constructor(config: DistributorClientConfig, options: HttpDistributorClientOptions = {}) {
    const { fetch, http, maxArtifactBytes = limits.artifactBytes } = options;
    if (config.proxyUrl !== undefined && fetch === undefined && http === undefined) {
      const message = "a proxy is configured, and the global fetch uses none";
      throw new DistError(
        "INVALID_CONFIG",
        message,
        {},
        { hint: "pass a fetch or http that goes through it" },
      );
    }
    // Looked up by each call: whoever replaces the global one means this too.
    this.#http = http ?? httpFromFetch(fetch ?? ((...request) => globalThis.fetch(...request)));
    this.#config = config;
    this.#endpoint = parseEndpoint(config);
    this.#maxArtifactBytes = maxArtifactBytes;
  }

  /** `POST resolve-component` */
  async resolveComponent(
    request: ResolveComponentRequest,
    options: DistributorCallOptions = {},
  ): Promise<ResolveComponentResponse> {
    const body = encode(resolveComponentRequest, request, invalidInput);
    return this.#json({ path: "resolve-component", body, ...options }, resolveComponentResponse);
  }

  /** `GET pack-status` */
  async getPackStatus(
    tenant: TenantCtx,
    environmentId: string,
    packId: string,
    options: DistributorCallOptions = {},
  ): Promise<unknown> {
    const query = { ...packQuery(tenant, environmentId, packId) };
    return this.#send({ path: "pack-status", query, ...options }, parseBody);
  }

  /** `GET pack-status-v2` */
  async getPackStatusV2(
    tenant: TenantCtx,
    environmentId: string,
    packId: string,
    options: DistributorCallOptions = {},
  ): Promise<PackStatusResponse> {
    const query = { ...packQuery(tenant, environmentId, packId) };
    return this.#json({ path: "pack-status-v2", query, ...options }, packStatusResponse);
  }

  /** `POST warm-pack`. The answer may be any JSON, or empty. */
  async warmPack(
    tenant: TenantCtx,
    environmentId: string,
    packId: string,
    options: DistributorCallOptions = {},
  ): Promise<void> {
    const body = packQuery(tenant, environmentId, packId);
    await this.#send({ path: "warm-pack", body, ...options }, (bytes, subject) =>
      bytes.length === 0 ? undefined : parseBody(bytes, subject),
    );
  }

  /** `POST resolve-ref {ref}` */
  async resolveRef(ref: string, options: DistributorCallOptions = {}): Promise<ResolveRefResponse> {
    return this.#json({ path: "resolve-ref", body: { ref }, ...options }, resolveRefResponse);
  }

  /**
   * `GET artifact?digest=…`: always bytes, and they are hashed.
   * @throws {DistError} DIGEST_MISMATCH; INVALID_INPUT for a digest that is no SHA-256
   */
  async getByDigest(
    digest: string,
    options: DistributorCallOptions = {},
  ): Promise<Extract<ArtifactSource, { kind: "bytes" }>> {
    if (!isDigest(digest)) {
      throw invalidInput(
        `\`${printable(digest)}\` is no digest: expected sha256: and 64 lower-case hex digits`,
      );
    }
    const bytes = await this.#bytes({ path: "artifact", query: { digest }, ...options }, true);
    checkDigest(bytes, digest);
    return { kind: "bytes", bytes };
  }

  /** `POST pack {pack_id, version}`. Nothing says what the bytes should be: a reader that needs to know pins them. */
  async fetchPack(
    packId: string,
    version: string,
    options: DistributorCallOptions = {},
  ): Promise<Uint8Array> {
    const body = { pack_id: checkId("pack_id", packId), version };
    return this.#bytes({ path: "pack", body, ...options }, false);
  }

  /** Resolves a component, with its own id for the pack's, for the configuration's tenant; then fetches its digest. */
  async fetchComponent(
    componentId: string,
    version: string,
    options: DistributorCallOptions = {},
  ): Promise<Uint8Array> {
    const { tenant, environmentId } = this.#config;
    const asked = { tenant, environmentId, packId: componentId, componentId, version, extra: null };
    const { status, digest } = await this.resolveComponent(asked, options);
    if (status === "ready") return (await this.getByDigest(digest, options)).bytes;
    const state = status === "pending" ? "pending" : `failed: ${printable(status.failed.reason)}`;
    throw new DistributorError("other", `component ${componentId} ${version} is ${state}`, { details: {} });
  }

  async #json<T>(call: Call, codec: Codec<T>): Promise<T> {
    return this.#send(call, (bytes, subject) => {
      const unusable = unusableAnswer(subject);
      return decode(codec, parseJsonBytes(bytes, unusable), unusable);
    });
  }

  async #send<T>(call: Call, parse: (bytes: Uint8Array, subject: HttpRequest) => T): Promise<T> {
    const request = this.#requestOf(call);
    const read = async (response: HttpResponse): Promise<T> =>
      parse(await readBody(response, limits.manifestBytes), request);
    return exchange(this.#http, { ...this.#manner, request, read, isStream: false });
  }

  async #bytes(call: Call, isPinned: boolean): Promise<Uint8Array> {
    const request = this.#requestOf(call);
    const read = async (response: HttpResponse): Promise<Uint8Array> => {
      if (isPinned || response.body.delimited) return readBody(response, this.#maxArtifactBytes);
      response.discard();
      throw new DistributorError("http", `${request.url.host} does not say where the answer ends`, {
        details: {},
      });
    };
    return exchange(this.#http, { ...this.#manner, request, read, isStream: true });
  }

  get #manner(): { readonly timeoutMs: number; readonly secrets: readonly string[] } {
    const { requestTimeoutMs = defaultTimeoutMs } = this.#config;
    return { timeoutMs: requestTimeoutMs, secrets: this.#endpoint.secrets };
  }

  #requestOf({ path, query, body, signal }: Call): HttpRequest {
    const { urlOf, headers } = this.#endpoint;
    const url = urlOf(path, query);
    if (body === undefined) return { method: "GET", url, headers, signal };
    return {
      method: "POST",
      url,
      headers: { "content-type": "application/json", ...headers },
      body: new TextEncoder().encode(printJson(body, invalidInput)),
      signal,
    };
  }
}

function parseBody(bytes: Uint8Array, subject: HttpRequest): unknown {
  return parseJsonBytes(bytes, unusableAnswer(subject));
}

function unusableAnswer({ method, url }: HttpRequest): (reason: string) => DistributorError<"serialization"> {
  return (reason) =>
    new DistributorError("serialization", `the answer to ${method} ${bareAddress(url)}: ${reason}`, {
      details: {},
    });
}
