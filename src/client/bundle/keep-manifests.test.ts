import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { rejectionOf } from "../../../test/support/thrown.ts";
import { digestFromHex, limits } from "../../core/index.ts";
import type { Expected } from "../../verify/index.ts";
import { keepManifests } from "./keep-manifests.ts";

const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [] }));

test("what may be a manifest is kept, and everything else verified", async () => {
  const staging = keepManifests("bundle.tar");
  for (const bytes of [manifest, Buffer.from("{}"), Buffer.alloc(limits.manifestBytes + 1)]) {
    const expected = expectedOf(bytes);
    await staging.add(pieces(bytes), expected, {});
    const read: Uint8Array[] = [];
    for await (const chunk of staging.read(expected.digest)) read.push(chunk);
    expect(Buffer.concat(read)).toEqual(bytes === manifest ? manifest : Buffer.alloc(0));
  }
  const wrong = staging.add(pieces(Buffer.from("other")), { ...expectedOf(manifest), size: 5 }, {});
  expect((await rejectionOf(wrong)).code).toBe("DIGEST_MISMATCH");
});

test("memory has an end", async () => {
  const staging = keepManifests("bundle.tar");
  const padding = "x".repeat(limits.manifestBytes - 100);
  const add = async (): Promise<void> => {
    for (let n = 0; n < 20; n++) {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, n, padding }));
      await staging.add(pieces(bytes), expectedOf(bytes), {});
    }
  };
  expect(await rejectionOf(add())).toMatchObject({
    code: "UNUSABLE_ARTIFACT",
    details: { path: "bundle.tar" },
  });
});

function expectedOf(bytes: Uint8Array): Expected & { readonly digest: `sha256:${string}` } {
  const digest = digestFromHex(createHash("sha256").update(bytes).digest("hex"));
  if (digest === undefined) throw new Error("a sha256 hash has 64 digits");
  return { reference: "bundle.tar", digest, size: bytes.length, maxBytes: bytes.length };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}
