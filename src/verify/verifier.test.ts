import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../test/support/artifacts.ts";
import { thrownBy } from "../../test/support/thrown.ts";
import { parseDigest } from "../core/index.ts";
import { createVerifier, type Expected, verifyBytes } from "./verifier.ts";

const bytes = bytesOf(1000, "verifier");
const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
const emptyDigest = parseDigest("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
const right: Expected = { reference: "ghcr.io/acme/hello", digest, size: 1000, maxBytes: 1000 };

describe("bytes are accepted", () => {
  test.each<[string, Partial<Expected>]>([
    ["when digest and size are right", {}],
    ["when only the digest is known", { size: undefined }],
    ["when only the size is known", { digest: undefined }],
    ["when nothing is known", { digest: undefined, size: undefined }],
  ])("%s", (_, changed) => {
    expect(verifyBytes(bytes, { ...right, ...changed })).toEqual({ digest, size: 1000 });
  });

  test("when there are none and none are expected", () => {
    const none = { ...right, digest: emptyDigest, size: 0, maxBytes: 0 };
    expect(createVerifier(none).finish()).toEqual({ digest: emptyDigest, size: 0 });
    expect(verifyBytes(new Uint8Array(), none)).toEqual({ digest: emptyDigest, size: 0 });
  });
});

describe("bytes are refused", () => {
  test("when one of them is flipped, wherever it is", () => {
    for (const at of [0, 1, 499, 998, 999]) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      const error = thrownBy(() => verifyBytes(flipped, right));
      expect(error).toMatchObject({
        code: "DIGEST_MISMATCH",
        details: {
          reference: right.reference,
          expected: digest,
          actual: expect.stringMatching(/^sha256:/) as string,
        },
      });
      expect(error.message).toMatch(
        new RegExp(
          `^digest mismatch for \`${right.reference}\`: expected ${digest}, got sha256:[0-9a-f]{64}$`,
        ),
      );
    }
  });

  test("when one is missing at the end", () => {
    expect(thrownBy(() => verifyBytes(bytes.subarray(0, 999), right))).toMatchObject({
      code: "SIZE_MISMATCH",
      message: "size mismatch for `ghcr.io/acme/hello`: expected 1000 bytes, got 999",
      details: { expected: 1000, actual: 999 },
    });
  });

  test("when one is missing at the end and no size was known", () => {
    const unknown = { ...right, size: undefined };
    expect(thrownBy(() => verifyBytes(bytes.subarray(0, 999), unknown)).code).toBe("DIGEST_MISMATCH");
  });

  test("as soon as there is one too many, before the end", () => {
    const verifier = createVerifier({ ...right, maxBytes: 5000 });
    verifier.update(bytes);
    expect(thrownBy(() => verifier.update(new Uint8Array(1)))).toMatchObject({
      code: "SIZE_MISMATCH",
      message: "size mismatch for `ghcr.io/acme/hello`: expected 1000 bytes, got more than that",
      details: { expected: 1000, actual: 1001 },
    });
  });

  test("when there are none and some are expected", () => {
    expect(thrownBy(() => createVerifier(right).finish()).code).toBe("SIZE_MISMATCH");
    expect(thrownBy(() => createVerifier({ ...right, size: undefined }).finish()).code).toBe(
      "DIGEST_MISMATCH",
    );
  });

  test("when their size is right and their digest that of others", () => {
    expect(thrownBy(() => verifyBytes(bytesOf(1000, "others"), right)).code).toBe("DIGEST_MISMATCH");
  });

  test("as soon as there are more than the limit, when no size is known", () => {
    const verifier = createVerifier({ ...right, size: undefined, maxBytes: 999 });
    verifier.update(bytes.subarray(0, 999));
    const error = thrownBy(() => verifier.update(bytes.subarray(999)));
    expect(error).toMatchObject({ code: "SIZE_MISMATCH", details: { expected: 999, actual: 1000 } });
    expect(error.hint).toContain("maxArtifactBytes");
  });

  test("before the first one arrives, when the size that is promised is over the limit", () => {
    const error = thrownBy(() => createVerifier({ ...right, maxBytes: 999 }));
    expect(error).toMatchObject({ code: "SIZE_MISMATCH", details: { expected: 999, actual: 1000 } });
    expect(error.message).toBe("`ghcr.io/acme/hello` is larger than the limit of 999 bytes");
  });
});
