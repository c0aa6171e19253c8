import { describe, expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import { parseReference, type Reference } from "./reference.ts";

const hex = "0123456789abcdef".repeat(4);
const pin = `sha256:${hex}`;
const nothingExists = { pathExists: () => false };

/** A reference on one line: its kind, then what distinguishes it. */
function summary(reference: Reference): string {
  switch (reference.kind) {
    case "digest":
      return `digest ${reference.digest}`;
    case "https":
      return `https ${reference.url.href}`;
    case "file":
      return `file ${reference.path}`;
    case "oci": {
      const { registry, repository, tag, digest } = reference.name;
      return `oci ${[registry, repository, tag ?? "-", digest ?? "-"].join(" ")}`;
    }
    case "mapped":
      return `mapped ${reference.scheme} ${reference.target}`;
    case "layout":
      return ["layout", reference.form, reference.path, reference.name ?? "-", reference.digest ?? "-"].join(
        " ",
      );
    case "fixture":
      return `fixture ${reference.fixture}`;
  }
}

const understood: readonly (readonly [text: string, expected: string])[] = [
  // Digests
  [pin, `digest ${pin}`],
  // OCI image layouts
  ["oci-layout:bundle", "layout folder bundle - -"],
  ["oci-layout:./a/bundle:1.0", "layout folder ./a/bundle 1.0 -"],
  ["oci-archive:/srv/bundle.tar", "layout archive /srv/bundle.tar - -"],
  [`oci-archive:bundle.tar@${pin}`, `layout archive bundle.tar - ${pin}`],
  ["oci-archive:b.tar:ghcr.io/acme/hello:1.0", "layout archive b.tar ghcr.io/acme/hello:1.0 -"],
  [`oci-archive:b.tar:ghcr.io/acme/hello@${pin}`, `layout archive b.tar ghcr.io/acme/hello@${pin} ${pin}`],
  ["oci-layout:C:\\bundles\\a:1.0", "layout folder C:\\bundles\\a 1.0 -"],
  ["oci-layout:user@host/bundle", "layout folder user@host/bundle - -"],
  // Web addresses
  ["https://example.com/hello.wasm", "https https://example.com/hello.wasm"],
  ["HTTPS://EXAMPLE.com/A", "https https://example.com/A"],
  ["http://127.0.0.1:8080/hello.wasm", "https http://127.0.0.1:8080/hello.wasm"],
  ["http://[::1]:8080/x", "https http://[::1]:8080/x"],
  ["https://example.com/a?signature=abc", "https https://example.com/a?signature=abc"],
  // File URLs
  ["file:///srv/hello.wasm", "file /srv/hello.wasm"],
  ["FILE:///srv/hello.wasm", "file /srv/hello.wasm"],
  ["file://localhost/srv/hello.wasm", "file /srv/hello.wasm"],
  ["file:///srv/../hello.wasm", "file /srv/../hello.wasm"],
  ["file://../hello.wasm", "file ../hello.wasm"],
  ["file://./hello.wasm", "file ./hello.wasm"],
  ["file://localhost.wasm", "file localhost.wasm"],
  ["file:///srv/my%20hello.wasm", "file /srv/my hello.wasm"],
  ["file:///srv/h%C3%A9llo.wasm", "file /srv/héllo.wasm"],
  ["file:///srv/100%.wasm", "file /srv/100%.wasm"],
  ["file:///srv/%ff.wasm", "file /srv/%ff.wasm"],
  ["file:///srv/a?b#c.wasm", "file /srv/a?b#c.wasm"],
  // OCI names, with Docker's defaults
  ["hello", "oci docker.io library/hello latest -"],
  ["hello:1.0", "oci docker.io library/hello 1.0 -"],
  ["hello:5000", "oci docker.io library/hello 5000 -"],
  ["localhost", "oci docker.io library/localhost latest -"],
  ["localhost:5000", "oci docker.io library/localhost 5000 -"],
  ["acme/hello", "oci docker.io acme/hello latest -"],
  ["library/hello", "oci docker.io library/hello latest -"],
  ["docker.io/hello", "oci docker.io library/hello latest -"],
  ["docker.io/acme/hello", "oci docker.io acme/hello latest -"],
  ["index.docker.io/hello", "oci docker.io library/hello latest -"],
  ["index.docker.io/library/hello:1", "oci docker.io library/hello 1 -"],
  ["registry-1.docker.io/library/hello", "oci registry-1.docker.io library/hello latest -"],
  ["oci://hello", "oci docker.io library/hello latest -"],
  ["OCI://ghcr.io/acme/hello", "oci ghcr.io acme/hello latest -"],
  // Hosts and ports
  ["ghcr.io/hello", "oci ghcr.io hello latest -"],
  ["ghcr.io/acme/tools/hello:v1", "oci ghcr.io acme/tools/hello v1 -"],
  ["localhost/hello", "oci localhost hello latest -"],
  ["localhost:5000/hello", "oci localhost:5000 hello latest -"],
  ["registry:5000/hello:5000", "oci registry:5000 hello 5000 -"],
  ["127.0.0.1:5000/acme/hello", "oci 127.0.0.1:5000 acme/hello latest -"],
  ["10.1.2.3/hello", "oci 10.1.2.3 hello latest -"],
  ["[::1]/hello", "oci [::1] hello latest -"],
  ["[2001:db8::1]:5000/acme/hello:1", "oci [2001:db8::1]:5000 acme/hello 1 -"],
  ["xn--bcher-kva.example/hello", "oci xn--bcher-kva.example hello latest -"],
  ["a-b.example.com/hello", "oci a-b.example.com hello latest -"],
  ["Registry/hello", "oci Registry hello latest -"],
  ["GHCR.IO/acme/hello", "oci GHCR.IO acme/hello latest -"],
  ["LOCALHOST/hello", "oci LOCALHOST hello latest -"],
  // Repositories and tags
  ["a.b/c_d/e__f/g-h/i---j/k.l", "oci a.b c_d/e__f/g-h/i---j/k.l latest -"],
  ["acme/hello.example.com", "oci docker.io acme/hello.example.com latest -"],
  ["hello_example.com:8080", "oci docker.io library/hello_example.com 8080 -"],
  ["ghcr.io/acme/hello:_", "oci ghcr.io acme/hello _ -"],
  ["ghcr.io/acme/hello:V1.0_rc-2.", "oci ghcr.io acme/hello V1.0_rc-2. -"],
  [`ghcr.io/acme/hello:${"t".repeat(128)}`, `oci ghcr.io acme/hello ${"t".repeat(128)} -`],
  // Pins: the digest counts, the tag is kept for display
  [`ghcr.io/acme/hello@${pin}`, `oci ghcr.io acme/hello - ${pin}`],
  [`ghcr.io/acme/hello:1.0@${pin}`, `oci ghcr.io acme/hello 1.0 ${pin}`],
  [`hello@${pin}`, `oci docker.io library/hello - ${pin}`],
  [`oci://localhost:5000/hello:1@${pin}`, `oci localhost:5000 hello 1 ${pin}`],
  // Sixty-four hexadecimal digits are an image's id to Docker, but a name where a registry is given
  [hex.slice(1), `oci docker.io library/${hex.slice(1)} latest -`],
  [`${hex}:1`, `oci docker.io library/${hex} 1 -`],
  [`docker.io/${hex}`, `oci docker.io library/${hex} latest -`],
  // A file name behind a registry
  ["ghcr.io/hello.wasm", "oci ghcr.io hello.wasm latest -"],
  ["ghcr.io/acme/hello.gtpack", "oci ghcr.io acme/hello.gtpack latest -"],
  ["localhost:5000/hello.wasm", "oci localhost:5000 hello.wasm latest -"],
  ["[::1]:5000/hello.json", "oci [::1]:5000 hello.json latest -"],
  ["oci://hello.wasm", "oci docker.io library/hello.wasm latest -"],
  ["oci://acme/hello.wasm", "oci docker.io acme/hello.wasm latest -"],
  ["ghcr.io/acme/hello.wasm:1.0", "oci ghcr.io acme/hello.wasm 1.0 -"],
  // The rest
  ["repo://hello:1.0", "mapped repo hello:1.0"],
  ["repo://ghcr.io/acme/hello", "mapped repo ghcr.io/acme/hello"],
  [`store://greentic-biz/tenant/hello@${pin}`, `mapped store greentic-biz/tenant/hello@${pin}`],
  ["STORE://hello", "mapped store hello"],
  ["fixture://hello", "fixture hello"],
  ["fixture://hello-1.0_b", "fixture hello-1.0_b"],
];

test.each(understood)("`%s` is understood as %s", (text, expected) => {
  const reference = parseReference(text, nothingExists);
  expect(summary(reference)).toBe(expected);
  expect(reference.text).toBe(text);
});

const invalid: readonly (readonly [what: string, text: string])[] = [
  ["nothing", ""],
  ["a space", " "],
  ["a space in front", " ghcr.io/acme/hello"],
  ["a newline at the end", "ghcr.io/acme/hello\n"],
  ["a bare dot", "."],
  ["a digest that is too short", `sha256:${hex.slice(1)}`],
  ["a digest in upper case", `sha256:${hex.toUpperCase()}`],
  ["a repository named sha256", "sha256:latest"],
  ["a pin that is too short", `hello@${pin.slice(0, -1)}`],
  ["a pin that is too long", `hello@${pin}0`],
  ["a pin in upper case", `hello@sha256:${hex.toUpperCase()}`],
  ["a pin by sha512", `ghcr.io/acme/hello@sha512:${hex}${hex}`],
  ["a pin by an unknown algorithm", `hello@md5:${hex.slice(32)}`],
  ["two pins", `hello@${pin}@${pin}`],
  ["a pin without a name", `@${pin}`],
  ["a tag without a name", ":1.0"],
  ["an empty tag", "hello:"],
  ["an empty pin", "hello@"],
  ["a tag that begins with a dot", "hello:.1"],
  ["a tag that begins with a dash", "hello:-1"],
  ["a tag of 129 characters", `hello:${"t".repeat(129)}`],
  ["two tags", "hello:1:2"],
  ["64 hexadecimal digits alone", hex],
  ["64 hexadecimal digits alone, after oci://", `oci://${hex}`],
  ["a capital in a name without a registry", "Hello"],
  ["a capital in the repository", "ghcr.io/acme/Hello"],
  ["a capital in the repository, with a port", "localhost:5000/Hello:1"],
  ["an empty path component", "ghcr.io/acme//hello"],
  ["a slash at the end", "ghcr.io/acme/"],
  ["a registry alone, with its slash", "ghcr.io/"],
  ["a component that begins with a dash", "acme/-hello"],
  ["a component that ends with a dash", "acme/hello-"],
  ["a component with three underscores", "acme/a___b"],
  ["a component with two dots", "acme/a..b"],
  ["a component of two dots", "ghcr.io/../hello"],
  ["a host that begins with a dash", "-ghcr.io/hello"],
  ["a host with an underscore", "my_registry.example/hello"],
  ["a host with an empty label", "ghcr..io/hello"],
  ["a host with an empty port", "ghcr.io:/hello"],
  ["a host with a port that is no number", "ghcr.io:http/hello"],
  ["an IPv6 address without brackets", "2001:db8::1/hello"],
  ["an IPv6 address alone", "[2001:db8::1]"],
  ["an IPv6 address with a zone", "[fe80::1%eth0]:5000/hello"],
  ["an IPv6 address that ends as IPv4", "[::ffff:127.0.0.1]:5000/hello"],
  ["a name of more than 255 characters", `ghcr.io/${"a/".repeat(124)}`],
  ["userinfo before a registry", "user:secret@ghcr.io/hello"],
  ["userinfo after oci://", "oci://user@ghcr.io/hello"],
  ["oci:// alone", "oci://"],
  ["oci:// before a path", "oci:///srv/hello.wasm"],
  ["oci:// twice", "oci://oci://hello"],
  ["https:// alone", "https://"],
  ["https:// with a query alone", "https://?a"],
  ["https:// with a port that is none", "https://example.com:99999/"],
  ["https:// with a host that is none", "https://exa mple.com/"],
  ["https:// with an open bracket", "https://[::1/x"],
  ["file:// alone", "file://"],
  ["file:// with a NUL", "file:///srv/\0.wasm"],
  ["file:// with an escaped NUL", "file:///srv/%00.wasm"],
  ["repo:// alone", "repo://"],
  ["store:// alone", "store://"],
  ["fixture:// alone", "fixture://"],
  ["a fixture with a path", "fixture://../hello"],
  ["a fixture with a slash", "fixture://a/b"],
  ["a fixture that begins with a dot", "fixture://.hello"],
  ["a fixture of 256 characters", `fixture://${"a".repeat(256)}`],
  ["an unknown scheme", "ftp://example.com/hello.wasm"],
  ["the scheme of Docker's daemon", "docker://hello"],
  ["a control character", "ghcr.io/acme/hel\u0007lo"],
  ["a NUL", "hello\0"],
  ["a C1 control", "hello\u009b31m"],
  ["a bidi control", "ghcr.io/acme/\u202eolleh"],
  ["a letter outside ASCII", "ghcr.io/acme/héllo"],
  ["a Kelvin sign, which is a k in lower case", "ghcr.io/acme/\u212a"],
];

test.each(invalid)("%s is an invalid reference", (_, text) => {
  const error = thrownBy(() => parseReference(text, nothingExists));
  expect(error.code).toBe("INVALID_REFERENCE");
  expect(error.message).toMatch(/^invalid reference `[^\p{Cc}\u202e]*`$/u);
  expect(error.hint).toMatch(/\w/);
});

const missing: readonly string[] = [
  "/srv/hello.wasm",
  "/srv/hello",
  "/",
  "//ghcr.io/hello",
  "./hello",
  "./ghcr.io/acme/hello:1.0",
  "../hello.wasm",
  "~/hello.wasm",
  "~",
  "hello.wasm",
  "my-pack.gtpack",
  "component.manifest.json",
  "target/wasm32-wasip2/release/hello.wasm",
  "Downloads/hello.wasm",
  ".greentic/components/hello.wasm",
  "my_build.d/hello.wasm",
  "a:b/c/hello.wasm",
  "C:\\hello.wasm",
  "C:/hello.wasm",
  "./hello\0.wasm",
];

test.each(missing)("`%s` can only be a file, and is not there", (text) => {
  const error = thrownBy(() => parseReference(text, nothingExists));
  expect(error).toMatchObject({ code: "NOT_FOUND", details: { path: expect.any(String) as string } });
  expect(error.message).toMatch(/^file `[^\p{Cc}]*` is not there$/u);
});

describe("a missing file", () => {
  test("that could be a registry's is hinted at as such", () => {
    const error = thrownBy(() => parseReference("acme/hello.wasm", nothingExists));
    expect(error.hint).toContain("write oci://acme/hello.wasm");
  });

  test("that could not be a registry's is hinted at with the form that could", () => {
    const error = thrownBy(() => parseReference("./hello.wasm", nothingExists));
    expect(error.hint).toContain("oci://ghcr.io/owner/name:tag");
  });
});

describe("an existing path", () => {
  const everythingExists = { pathExists: () => true };

  test.each(["hello", "ghcr.io/acme/hello:1.0", "./hello.wasm", "a b", "..", "~", `hello@${pin}`])(
    "`%s` is a file",
    (text) => {
      expect(parseReference(text, everythingExists)).toEqual({ kind: "file", text, path: text });
    },
  );

  test.each([
    pin,
    "https://example.com/x",
    "oci://hello",
    "repo://hello",
    "fixture://hello",
    "file:///hello",
  ])("is not looked for when `%s` has a form of its own", (text) => {
    const asked: string[] = [];
    const pathExists = (path: string): boolean => asked.push(path) > 0;
    expect(parseReference(text, { pathExists }).kind).toBe(parseReference(text, nothingExists).kind);
    expect(asked).toEqual([]);
  });

  test("is not looked for in an empty text, nor in one with a NUL", () => {
    expect(thrownBy(() => parseReference("", everythingExists)).code).toBe("INVALID_REFERENCE");
    expect(thrownBy(() => parseReference("a\0", everythingExists)).code).toBe("INVALID_REFERENCE");
  });
});

test("an unknown scheme is answered with the schemes that are known", () => {
  expect(thrownBy(() => parseReference("ftp://x/y", nothingExists)).hint).toContain(
    "oci://, https://, file://, repo://, store://, fixture://",
  );
});

test.each([
  ["user:s3cret@ghcr.io/hello", "invalid reference `***@ghcr.io/hello`"],
  ["oci://user:s3cret@ghcr.io/hello", "invalid reference `oci://***@ghcr.io/hello`"],
  ["ftp://user:s3cret@example.com/x?token=s3cret", "invalid reference `ftp://***@example.com/x?***`"],
  ["ghcr.io/hello?token=s3cret", "invalid reference `ghcr.io/hello?***`"],
])("the message about `%s` shows no secret", (text, message) => {
  const error = thrownBy(() => parseReference(text, nothingExists));
  expect(error.message).toBe(message);
  expect(JSON.stringify([error.hint, error.details])).not.toContain("s3cret");
});
