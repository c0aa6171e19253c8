import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isDigest } from "./digest.ts";
import { isDistError } from "./errors.ts";
import { parseManifest } from "./manifest.ts";
import { manifestMediaTypes, mediaTypes } from "./media-type.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const layer = { mediaType: mediaTypes.wasm, digest, size: 42, annotations: { title: "a" } };
const platform = { os: "linux", architecture: "arm64", variant: "v8" };
const documents = [
  { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: layer, layers: [layer, layer] },
  { schemaVersion: 2, mediaType: mediaTypes.dockerList, manifests: [{ ...layer, platform }] },
  { mediaType: mediaTypes.ociArtifact, blobs: [layer] },
].map((document) => JSON.stringify(document));

/** What replaces a value somewhere in a document. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, -1, 1.5, 2 ** 53, "", "\u001b[31m", "__proto__", [], {}, [[]], digest),
  fc.constantFrom(...manifestMediaTypes),
  fc.jsonValue({ maxDepth: 3 }),
);

/** `document` with the `at`-th of its values replaced, or left out. */
function withReplaced(document: string, at: number, put: unknown, remove: boolean): string {
  let seen = 0;
  const places = document.split(/[:[,]/).length;
  return (
    JSON.stringify(JSON.parse(document), (_key, inner: unknown) => {
      seen += 1;
      return seen === (at % places) + 1 ? (remove ? undefined : put) : inner;
    }) ?? ""
  );
}

const structural = fc
  .tuple(
    fc.constantFrom(...documents),
    fc.array(fc.tuple(fc.nat(60), value, fc.boolean()), { minLength: 1, maxLength: 3 }),
  )
  .map(([document, edits]) => {
    let text = document;
    for (const [at, put, remove] of edits) if (text !== "") text = withReplaced(text, at, put, remove);
    return new TextEncoder().encode(text);
  });
const bytewise = fc
  .tuple(
    fc.constantFrom(...documents),
    fc.array(fc.tuple(fc.nat(400), fc.nat(3), fc.uint8Array({ maxLength: 4 })), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([document, edits]) => {
    let bytes = Buffer.from(document);
    for (const [at, remove, put] of edits) {
      bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + remove)]);
    }
    return bytes;
  });
const contentType = fc.option(fc.oneof(fc.constantFrom(...manifestMediaTypes), fc.string()), {
  nil: undefined,
});

test("10,000 manifests with edits are understood or refused, and what is understood is well-formed", () => {
  const seen = { understood: 0, UNUSABLE_ARTIFACT: 0, MEDIA_TYPE_MISMATCH: 0 };
  fc.assert(
    fc.property(fc.oneof(structural, bytewise), contentType, (bytes, served) => {
      try {
        const manifest = parseManifest(bytes, served);
        seen.understood += 1;
        const entries = manifest.kind === "index" ? manifest.manifests : manifest.layers;
        return (
          manifestMediaTypes.includes(manifest.mediaType) &&
          entries.every(({ digest: text, size }) => isDigest(text) && Number.isSafeInteger(size) && size >= 0)
        );
      } catch (error) {
        if (!isDistError(error, "UNUSABLE_ARTIFACT") && !isDistError(error, "MEDIA_TYPE_MISMATCH"))
          throw error;
        seen[error.code] += 1;
        return !/[\p{Cc}]/u.test(error.message);
      }
    }),
    { numRuns: 10_000 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});
