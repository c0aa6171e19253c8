import {
  type Digest,
  DistError,
  isDistError,
  limits,
  type ManifestDocument,
  manifestMediaTypes,
  type OciName,
  subjectOf,
} from "../../core/index.ts";
import { isTransientError, readBody, type Retrier } from "../../http/index.ts";
import { verifyBytes } from "../../verify/index.ts";
import { maxMetadataRedirects } from "../auth/token.ts";
import {
  createRegistryCalls,
  type RegistryCallOptions,
  type RegistryClientOptions,
  shownReference,
} from "../calls.ts";
import { headOf } from "../manifest-head.ts";
import { addToReferrersTag } from "./add-to-referrers-tag.ts";
import { deleteManifest } from "./delete-manifest.ts";
import { nameFailures } from "./name-failures.ts";
import type { RegistryWriter } from "./registry-writer.ts";
import { uploadBlob } from "./upload-blob.ts";
import { pushing } from "./upload-session.ts";

/** What a {@link RegistryWriter} needs. */
export interface RegistryWriterOptions extends RegistryClientOptions {
  /** Decides whether what broke off is gone on with. */
  readonly retrier: () => Promise<Retrier>;
}

/** How long a registry may take to check a manifest, in milliseconds. */
const answerMs = 60_000;

const found: ReadonlySet<number> = new Set([200, 404]);
/** By 405 and 501 a registry says that it does not offer HEAD. */
const foundOrUnsupported: ReadonlySet<number> = new Set([200, 404, 405, 501]);
const created: ReadonlySet<number> = new Set([201]);

/** A writer for all registries. */
export function createRegistryWriter(options: RegistryWriterOptions): RegistryWriter {
  const calls = createRegistryCalls(options);
  const { retrier } = options;

  return nameFailures({
    async hasBlob(name, digest, { signal, reference, tenant } = {}) {
      const { response } = await calls.send({
        name,
        path: `blobs/${digest}`,
        method: "HEAD",
        accepted: foundOrUnsupported,
        action: "push",
        maxRedirects: maxMetadataRedirects,
        signal,
        tenant,
        reference: shownReference(name, reference),
      });
      response.discard();
      return response.status === 200;
    },

    async findManifest(name, { signal, reference: typed, tenant, action = "push" } = {}) {
      const reference = shownReference(name, typed);
      const call = {
        name,
        path: `manifests/${name.digest ?? name.tag}`,
        headers: { accept: manifestMediaTypes.join(", ") },
        action,
        maxRedirects: maxMetadataRedirects,
        signal,
        tenant,
        reference,
      } as const;
      const { response: head } = await calls.send({ ...call, method: "HEAD", accepted: foundOrUnsupported });
      head.discard();
      if (head.status === 404) return undefined;
      const { digest } = headOf(head);
      if (head.status === 200 && digest !== undefined) return digest;
      const { response } = await calls.send({ ...call, method: "GET", accepted: found });
      if (response.status === 404) {
        response.discard();
        return undefined;
      }
      const bytes = await readBody(response, limits.manifestBytes);
      return verifyBytes(bytes, { reference, maxBytes: limits.manifestBytes }).digest;
    },

    writeBlob: (name, blob, { open, mountFrom, onProgress = () => undefined, signal, reference, tenant }) =>
      uploadBlob(blob, {
        calls,
        call: { name, signal, tenant, reference: shownReference(name, reference) },
        open,
        mountFrom,
        retrier,
        onProgress,
      }),

    async listTags(name, call = {}) {
      const { listTags } = await import("../list-tags.ts");
      return listTags(calls, name, { ...call, reference: shownReference(name, call.reference) });
    },

    deleteManifest: (name, call = {}) =>
      deleteManifest(calls, name, { ...call, reference: shownReference(name, call.reference) }),

    async writeManifest(name, document, call = {}) {
      const subject = subjectOf(document);
      const isListed = await put(name, document, call);
      if (subject === undefined || isListed) return;
      const { signal, tenant, reference } = call;
      await addToReferrersTag(document, subject, {
        calls,
        call: { name, signal, tenant, reference: shownReference(name, reference) },
        write: async (tag, index) => void (await put(tag, index, call)),
      });
    },
  });

  /** @returns whether the registry lists it among those that refer to its subject */
  async function put(
    name: OciName,
    { digest, bytes, manifest }: ManifestDocument,
    { signal, reference, tenant }: RegistryCallOptions,
  ): Promise<boolean> {
    const send = () =>
      calls.send({
        name,
        path: `manifests/${name.digest ?? name.tag ?? digest}`,
        method: "PUT",
        headers: { "content-type": manifest.mediaType },
        body: bytes,
        answerMs,
        accepted: created,
        ...pushing,
        signal,
        tenant,
        reference: shownReference(name, reference),
      });
    for (let attempt = 1; ; attempt++) {
      try {
        const { response } = await send();
        response.discard();
        const { digest: stored = digest } = headOf(response);
        if (stored !== digest) throw otherManifest(shownReference(name, reference), digest, stored);
        return response.header("oci-subject") !== undefined;
      } catch (error) {
        // To write the same again changes nothing.
        if (!isDistError(error) || !isTransientError(error, { method: "GET" })) throw error;
        const { origin: url } = calls.endpointFor(name);
        const again = { attempt, url, reason: error.message, signal };
        if (!(await (await retrier()).again(again))) throw error;
      }
    }
  }
}

function otherManifest(reference: string, expected: Digest, actual: Digest): DistError<"DIGEST_MISMATCH"> {
  return new DistError(
    "DIGEST_MISMATCH",
    `the registry stored another manifest for \`${reference}\` than it was sent: expected ${expected}, got ${actual}`,
    { reference, expected, actual },
    { hint: "something on the way changes what is pushed" },
  );
}
