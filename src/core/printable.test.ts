import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, visible, withoutSecrets } from "./printable.ts";

const pin = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("secrets", () => {
  test.each([
    // Userinfo in an address
    ["https://user:s3cret@example.com/a", "https://***@example.com/a"],
    ["https://s3cret@example.com", "https://***@example.com"],
    ["https://user:s3@cret@example.com/a@b", "https://***@example.com/a@b"],
    ["https://user:s3 cret@example.com/", "https://***@example.com/"],
    ["https://user:s3/cret@example.com/", "https://***@example.com/"],
    ["https://user:s3\\cret@example.com/", "https://***@example.com/"],
    ["https:///user:s3cret@example.com/", "https:///***@example.com/"],
    ["https://\\user:s3cret@example.com/", "https://\\***@example.com/"],
    ["oci://user:s3cret@ghcr.io/hello:1", "oci://***@ghcr.io/hello:1"],
    [`oci://user:s3cret@ghcr.io/hello@${pin}`, `oci://***@ghcr.io/hello@${pin}`],
    ["oci://user:s3cret@[::1]:5000/hello", "oci://***@[::1]:5000/hello"],
    ["oci://user:s3cret@sha256:443/hello", "oci://***@sha256:443/hello"],
    ["cannot reach http://user:s3cret@proxy:3128", "cannot reach http://***@proxy:3128"],
    ["from https://a:s3cret@b/c to https://d:s3cret@e/f", "from https://***@b/c to https://***@e/f"],
    // The same, not quite an address
    ["user:s3cret@ghcr.io/hello", "***@ghcr.io/hello"],
    ["user:s3@cret@ghcr.io/hello", "***@ghcr.io/hello"],
    ["user:s3/cret@ghcr.io/hello", "***@ghcr.io/hello"],
    ["user:s3cret@shared.example/hello", "***@shared.example/hello"],
    [`user:s3cret@hello:1@${pin}`, `***@hello:1@${pin}`],
    ["s3cret@ghcr.io/hello", "***@ghcr.io/hello"],
    ["s3cret@localhost:5000/hello", "***@localhost:5000/hello"],
    ["https:user:s3cret@example.com/", "https:***@example.com/"],
    ["https:/user:s3cret@example.com/", "https:/***@example.com/"],
    ["//user:s3cret@example.com/", "//***@example.com/"],
    ["user:s3cret@ghcr.io/a?next=https://b/?token=s3cret", "***@ghcr.io/a?***"],
    // Queries and fragments
    ["https://example.com/a?X-Amz-Signature=s3cret", "https://example.com/a?***"],
    ["https://example.com/a?s3cret", "https://example.com/a?***"],
    ["https://example.com?s3cret", "https://example.com?***"],
    ["https://example.com/a#token=s3cret", "https://example.com/a#***"],
    ["https://example.com/a?next=https://b/c&sig=s3cret", "https://example.com/a?***"],
    ["ghcr.io/hello?token=s3cret", "ghcr.io/hello?***"],
    ["GET https://example.com/a?sig=s3cret failed", "GET https://example.com/a?***"],
  ])("in `%s` are hidden", (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
    expect(printable(text)).toBe(expected);
  });

  test.each([
    "ghcr.io/acme/hello:1.0",
    `ghcr.io/acme/hello:1.0@${pin}`,
    `hello@${pin}`,
    `hello:1.0@${pin}`,
    `oci://hello@${pin}`,
    `oci://hello:1.0@${pin}`,
    `oci://[::1]:5000/hello:1@${pin}`,
    `repo://hello@${pin}`,
    `store://greentic-biz/tenant/hello:1@${pin}`,
    "hello:1.0@sha256:typo",
    "hello@1.0",
    pin,
    "https://example.com:8443/a/@scope/b@c",
    "./node_modules/@acme/hello/hello.wasm",
    "node_modules/@acme/hello.example/hello.wasm",
    "file:///srv/@acme/hello.wasm",
    "file:///srv/hello@1.0/hello.wasm",
    "hello@1.0/hello.wasm",
    "./what?.wasm",
    "connect ECONNREFUSED 127.0.0.1:5000",
    "",
  ])("are not seen where none are: `%s`", (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  test("in any address that a URL parser accepts are hidden", () => {
    const part = fc.string({ unit: fc.constantFrom(..."ab1:@ %.~!$&'()*+,;=-_\\".split("")), maxLength: 8 });
    const slashes = fc.constantFrom("//", "///", "//\\", "////");
    fc.assert(
      fc.property(slashes, part, part, part, (start, user, before, after) => {
        const text = `https:${start}${user}:${before}S3CRET${after}@example.com/hello`;
        fc.pre(URL.canParse(text) && new URL(text).hostname === "example.com");
        expect(withoutSecrets(text)).not.toContain("S3CRET");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("printable text", () => {
  test.each([
    ["an escape sequence", "a\u001b[31mb", "a\\u{1b}[31mb"],
    ["newlines and tabs", "a\r\n\tb", "a\\u{d}\\u{a}\\u{9}b"],
    ["NUL and DEL", "\0\u007f", "\\u{0}\\u{7f}"],
    ["C1 controls", "\u0085\u009b31m", "\\u{85}\\u{9b}31m"],
    ["bidi overrides", "a\u202eb\u202c", "a\\u{202e}b\\u{202c}"],
    ["bidi isolates", "\u2066a\u2069", "\\u{2066}a\\u{2069}"],
    ["bidi marks", "\u061c\u200e\u200f", "\\u{61c}\\u{200e}\\u{200f}"],
    ["line and paragraph separators", "\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["a byte order mark", "\ufeffa", "\\u{feff}a"],
    ["lone surrogates", "\ud800a\udc00", "\\u{d800}a\\u{dc00}"],
  ])("has %s escaped", (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test("keeps letters of any script", () => {
    expect(printable("héllo Ω 漢字 😀 שלום")).toBe("héllo Ω 漢字 😀 שלום");
  });

  test("has at most 500 characters of what was given, and says that it was cut", () => {
    expect(printable("a".repeat(500))).toBe("a".repeat(500));
    expect(printable("a".repeat(501))).toBe(`${"a".repeat(500)}…`);
  });

  test("hides a secret that is longer than what is shown", () => {
    expect(printable(`https://user:${"s3cret".repeat(200)}@example.com/`)).toBe("https://***@example.com/");
  });

  test("hides a secret of any length, and says that it was cut", () => {
    for (const length of [1800, 2040, 2046, 2052, 3000, 1_000_000]) {
      const shown = printable(`https://user:${"s3cret".repeat(length / 6)}@example.com/`);
      expect(shown).toMatch(/^https:\/\/\*\*\*@(?:example\.com\/|…)$/);
    }
    expect(printable(`user:${"s3cret".repeat(2000)}@ghcr.io/hello`)).toBe("***@…");
  });

  test("keeps the beginning of what is very long", () => {
    expect(printable(`ghcr.io/${"a/".repeat(10_000)}`)).toBe(`ghcr.io/${"a/".repeat(246)}…`);
  });

  test("has nothing in it that would change the text around it, whatever was given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u);
      }),
      { numRuns: 2000 },
    );
  });
});

test.each(["repo://io.3bridges.components.qa@1.0.0", "store://name@2.1", "STORE://a/b@v1.0.0-rc.1+build.5"])(
  "%s names a version and hides nothing",
  (text) => {
    expect(withoutSecrets(text)).toBe(text);
  },
);

test.each([
  ["repo://secret@ghcr.io/x", "repo://***@ghcr.io/x"],
  ["repo://user:secret@1.0.0", "repo://***@1.0.0"],
  ["https://secret@1.0.0/x.wasm", "https://***@1.0.0/x.wasm"],
])("%s hides what stands before the @", (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown);
});

test("names of imports and exports stay as they are, but for what would change the text around them", () => {
  expect(visible("wasi:cli/run@0.2.0")).toBe("wasi:cli/run@0.2.0");
  expect(visible("a\u202eb\u0007")).toBe("a\\u{202e}b\\u{7}");
  expect(visible("x".repeat(501))).toBe(`${"x".repeat(500)}…`);
});
