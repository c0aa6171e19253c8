import {
  type Descriptor,
  type Digest,
  DistError,
  limits,
  type ManifestDocument,
  manifestMediaTypes,
  type OciName,
  parseManifest,
} from "../core/index.ts";
import {
  isRest,
  partialBytes,
  type PartialBytes,
  rangeHeaders,
  readBody,
  type RestOf,
} from "../http/index.ts";
import { verified, verifyBytes } from "../verify/index.ts";
import { maxMetadataRedirects } from "./auth/token.ts";
import {
  createRegistryCalls,
  type RegistryCall,
  type RegistryCallOptions,
  type RegistryClientOptions,
  shownReference,
} from "./calls.ts";
import { announcedSize, malformedAnswer } from "./failures.ts";
import { headOf, type ManifestHead } from "./manifest-head.ts";
import { ping, type Ping } from "./ping.ts";

/** How a blob is opened. */
export interface OpenBlobOptions extends RegistryCallOptions {
  /**
   * Whether the stream fails instead of ending when it was not the right bytes. `false` only for a reader that checks
   * the same itself. Default: true.
   */
  readonly verify?: boolean | undefined;
  /**
   * Asks for the rest of the blob only, and for its beginning where that cannot be had: the stream's `start` says which
   * came. Goes with `verify: false`. Default: the whole.
   */
  readonly rest?: RestOf | undefined;
}

/**
 * Reads from OCI registries (distribution-spec v1.1, "Pull"). All methods throw UNAUTHORIZED or FORBIDDEN when the
 * registry or its token service refuses, NOT_FOUND, RATE_LIMITED, NETWORK for every other answer that is no success,
 * REDIRECT_REFUSED, TIMEOUT and ABORTED.
 */
export interface RegistryClient {
  /** What a tag or digest means, by HEAD; `undefined` when the registry does not offer that. */
  readonly headManifest: (name: OciName, options?: RegistryCallOptions) => Promise<ManifestHead | undefined>;
  /**
   * The manifest of a digest, or else of a tag: at most 4 MiB, hashed here and compared with the digest, or else with
   * what the registry says of its own answer (Docker-Content-Digest), if it does.
   * @throws {DistError} DIGEST_MISMATCH, MEDIA_TYPE_MISMATCH, UNUSABLE_ARTIFACT
   */
  readonly fetchManifest: (name: OciName, options?: RegistryCallOptions) => Promise<ManifestDocument>;
  /**
   * The bytes of a blob, of any size when that is not known; its chunks are borrowed (see `HttpBody`). Whoever holds the stream reads it to its end or
   * leaves the loop.
   * @throws {DistError} SIZE_MISMATCH at once when the registry announces another size; and while reading
   * SIZE_MISMATCH, DIGEST_MISMATCH
   */
  readonly openBlob: (
    name: OciName,
    blob: Pick<Descriptor, "digest"> & { readonly size: number | undefined },
    options?: OpenBlobOptions,
  ) => Promise<PartialBytes>;
  /**
   * All tags of a name's repository, each once and in the registry's order; `undefined` where they cannot be asked for,
   * which is the default.
   * @throws {DistError} NETWORK when the registry's pages are none, lead elsewhere, or hold more than 100,000 tags
   */
  readonly listTags?:
    | ((name: OciName, options?: RegistryCallOptions) => Promise<readonly string[] | undefined>)
    | undefined;
  /**
   * What names the manifest of this digest as its subject (distribution-spec v1.1, "Listing Referrers"), also where the
   * registry keeps that in a tag. Default: cannot be asked.
   * @throws {DistError} NETWORK when the registry's pages are none, lead elsewhere, or hold more than 1024 referrers
   */
  readonly listReferrers?:
    | ((
        name: OciName & { readonly digest: Digest },
        options?: RegistryCallOptions,
      ) => Promise<readonly Descriptor[]>)
    | undefined;
  /** Asks who answers for a name, without a login, whether it is a registry. Default: cannot be asked; no pull does. */
  readonly ping?: ((name: OciName, options?: RegistryCallOptions) => Promise<Ping | undefined>) | undefined;
}

/** A client for all registries; it asks each one as the reference names it. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { http } = options;
  const { endpointFor, send } = createRegistryCalls(options);

  return {
    async listTags(name, call = {}) {
      const { listTags } = await import("./list-tags.ts");
      return listTags({ send }, name, { ...call, reference: shownReference(name, call.reference) });
    },

    async listReferrers(name, call = {}) {
      const { listReferrers } = await import("./list-referrers.ts");
      return listReferrers({ send }, name, { ...call, reference: shownReference(name, call.reference) });
    },

    ping: (name, { signal } = {}) => ping(http, endpointFor(name), signal),

    async headManifest(name, { signal, reference, tenant } = {}) {
      const { response } = await send({
        ...manifestCall(name),
        method: "HEAD",
        accepted: okOrHeadUnsupported,
        signal,
        tenant,
        reference: shownReference(name, reference),
      });
      response.discard();
      return response.status === 200 ? headOf(response) : undefined;
    },

    async fetchManifest(name, { signal, reference: typed, tenant } = {}) {
      const reference = shownReference(name, typed);
      const { response, url } = await send({
        ...manifestCall(name),
        method: "GET",
        accepted: ok,
        signal,
        tenant,
        reference,
      });
      if (name.digest === undefined && !response.body.delimited) {
        response.discard();
        throw malformedAnswer(
          { method: "GET", url },
          "without a digest or length nothing tells whether it is whole",
        );
      }
      const bytes = await readBody(response, limits.manifestBytes, () => manifestTooLarge(reference));
      // A pin is the proof. Without one, what the registry says of its own answer shows what was changed on the way.
      const digest = name.digest ?? headOf(response).digest;
      const expected = { reference, digest, maxBytes: limits.manifestBytes };
      const measured = verifyBytes(bytes, expected);
      const manifest = parseManifest(bytes, response.header("content-type"));
      return { digest: measured.digest, bytes, manifest };
    },

    async openBlob(name, { digest, size }, { signal, reference: typed, tenant, verify = true, rest } = {}) {
      if (verify && rest !== undefined) throw new TypeError("the rest of a blob cannot be verified alone");
      const reference = shownReference(name, typed);
      const call = { name, path: `blobs/${digest}`, method: "GET", signal, tenant, reference } as const;
      const ask = async (headers: Readonly<Record<string, string>>, accepted: ReadonlySet<number>) =>
        (await send({ ...call, headers, accepted, maxRedirects: maxBlobRedirects })).response;
      // The address says which bytes they are, so that a server without ETags can be asked for a part too.
      const part = rest === undefined ? undefined : await ask(rangeHeaders(rest), okOrRange);
      if (part !== undefined && rest !== undefined && isRest(part, { ...rest, size })) {
        return partialBytes(part, rest.offset);
      }
      const isWhole = part?.status === 200 && (part.body.length ?? size) === size;
      if (!isWhole) part?.discard();
      const response = part !== undefined && isWhole ? part : await ask({}, ok);
      const { body } = response;
      if (body.length !== undefined && size !== undefined && body.length !== size) {
        response.discard();
        throw announcedSize(reference, size, body.length);
      }
      return verify
        ? verified(body, { reference, digest, size, maxBytes: size ?? limits.artifactBytes })
        : partialBytes(response, 0);
    },
  };
}

const ok: ReadonlySet<number> = new Set([200]);
/** 416 says that there is no such range. */
const okOrRange: ReadonlySet<number> = new Set([200, 206, 416]);
/** By 405 and 501 a registry says that it does not offer HEAD. */
const okOrHeadUnsupported: ReadonlySet<number> = new Set([200, 405, 501]);
const maxBlobRedirects = 10;

function manifestCall(
  name: OciName,
): Pick<RegistryCall, "name" | "path" | "headers" | "maxRedirects" | "bufferBytes"> {
  return {
    name,
    path: `manifests/${name.digest ?? name.tag}`,
    headers: { accept: manifestMediaTypes.join(", ") },
    maxRedirects: maxMetadataRedirects,
    bufferBytes: limits.manifestBytes,
  };
}

function manifestTooLarge(reference: string): DistError<"UNUSABLE_ARTIFACT"> {
  const message = `the manifest of \`${reference}\` is larger than ${limits.manifestBytes} bytes`;
  return new DistError("UNUSABLE_ARTIFACT", message, { reference });
}
