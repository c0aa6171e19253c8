import { expect, test } from "vitest";
import { type Digest, parseDigest } from "../core/index.ts";
import { compareEntry, type LockEntry } from "./index.ts";

const digestOf = (character: string): Digest => parseDigest(`sha256:${character.repeat(64)}`);
const [manifest, content, other] = [digestOf("a"), digestOf("b"), digestOf("c")];

const entry: LockEntry = {
  index: 0,
  name: undefined,
  reference: "oci://ghcr.io/a/b:1",
  digest: undefined,
  contentDigest: undefined,
  range: undefined,
  componentId: undefined,
  bundledPath: undefined,
  hasSignature: false,
  sizeBytes: undefined,
  mediaType: undefined,
};

const now = { digest: manifest, contentDigest: content };
const same = { state: "same" };
const unknown = { state: "unknown" };

test.each([
  ["the digest of the manifest", { digest: manifest }, now, same],
  ["the digest of the content", { digest: content }, now, same],
  ["the content alone", { contentDigest: content }, now, same],
  ["both", { digest: manifest, contentDigest: content }, now, same],
  ["another digest", { digest: other }, now, { state: "moved", expected: other, actual: manifest }],
  ["another content", { contentDigest: other }, now, { state: "moved", expected: other, actual: content }],
  [
    "another content under the same manifest",
    { digest: manifest, contentDigest: other },
    now,
    { state: "moved", expected: other, actual: content },
  ],
  [
    "the manifest's digest for the content's",
    { contentDigest: manifest },
    now,
    { state: "moved", expected: manifest, actual: content },
  ],
  [
    "the manifest, when the content is not known",
    { digest: manifest, contentDigest: other },
    { digest: manifest },
    same,
  ],
  ["the content, when that is not known", { contentDigest: content }, { digest: manifest }, unknown],
  ["nothing", {}, now, unknown],
])("an entry that pins %s", (_, pins, current, comparison) => {
  expect(compareEntry({ ...entry, ...pins }, current)).toEqual(comparison);
});
