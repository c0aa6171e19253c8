import type { Staging } from "../../cache/index.ts";
import { type Digest, DistError, isJsonObject, limits, parseJson, printable } from "../../core/index.ts";
import { verifyInto } from "../../verify/index.ts";

/** What the manifests of one bundle may take in memory, in bytes. */
const maxBytes = 16 * limits.manifestBytes;

/**
 * In place of a private place on the disk: verifies blobs, and keeps in memory of them what may be a manifest. All others
 * read as if they were empty.
 * @param path names the bundle in messages
 * @throws {DistError} when blobs are added: UNUSABLE_ARTIFACT when there are too many manifests
 */
export function keepManifests(path: string): Pick<Staging, "add" | "read"> {
  const kept = new Map<Digest, Uint8Array>();
  let bytes = 0;
  return {
    async add(source, expected, options) {
      const isSmall = (expected.size ?? Infinity) <= limits.manifestBytes;
      const chunks: Buffer[] = [];
      const keep = (chunk: Uint8Array): Promise<void> => {
        if (isSmall) chunks.push(Buffer.from(chunk));
        return Promise.resolve();
      };
      await verifyInto(source, expected, keep, options);
      const content = Buffer.concat(chunks);
      const document = parseJson(content);
      if (!isJsonObject(document) || !("schemaVersion" in document || "mediaType" in document)) return;
      bytes += content.length;
      if (bytes > maxBytes) throw tooLarge(path);
      kept.set(expected.digest, content);
    },
    async *read(digest) {
      const content = kept.get(digest);
      if (content !== undefined) yield content;
    },
  };
}

function tooLarge(path: string): DistError<"UNUSABLE_ARTIFACT"> {
  const shown = printable(path);
  const message = `\`${shown}\` has more than ${maxBytes} bytes of manifests`;
  return new DistError("UNUSABLE_ARTIFACT", message, { path: shown });
}
