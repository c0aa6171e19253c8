import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Digest, parseDigest } from "../../core/index.ts";
import { artifactImage } from "../registry/artifact-image.ts";
import { pageHtml, type PageView } from "./page-html.ts";

const digest: Digest = parseDigest(`sha256:${"ab".repeat(32)}`);

/** A page on which every text from outside is the next of `texts`. */
function pageOf(texts: readonly string[]): string {
  let at = 0;
  const text = (): string => texts[at++ % texts.length] ?? "";
  const group = (kind: "component" | "pack"): PageView["groups"][number] => {
    const id = text();
    const facts = { kind, id, digest, sizeBytes: 5, version: text() } as const;
    const externs = [1, 2, 3, 4, 5, 6, 7].map(() => ({ name: text(), kind: "func" }) as const);
    const wasm = { kind: "component", imports: externs, exports: externs.slice(0, 2) } as const;
    const looks = [
      artifactImage({ ...facts, shape: "component", wasm, flaw: undefined }),
      artifactImage({ ...facts, shape: "component", wasm: undefined, flaw: text() }),
      { failure: text() },
    ];
    return {
      kind,
      id,
      secrets: [{ key: text(), required: false, description: text(), format: "text", examples: [text()] }],
      versions: looks.map((look, index) => ({
        version: text(),
        sizeBytes: 5,
        isLatest: index === 0,
        name: { repository: text(), tag: text() },
        look,
      })),
    };
  };
  const view: PageView = {
    host: text(),
    root: `/srv/${text()}/${text()}`,
    needsToken: true,
    groups: [group("component"), group("pack")],
    complaints: [text(), text()],
    log: [
      {
        method: text(),
        target: text(),
        status: 200,
        bytesSent: 1,
        durationMs: 1,
        isComplete: false,
        atMs: 1e12,
      },
    ],
    lastEvent: text(),
  };
  return pageHtml(view).toString();
}

/** The tags of a page with the names of their attributes; where lines may break and what is code depends on texts. */
function skeleton(page: string): readonly string[] {
  const tags = page.match(/<[!/a-z][^<>]*>/gi) ?? [];
  return tags.map((tag) => tag.replaceAll(/="[^"]*"/g, "=")).filter((tag) => !/^<(?:wbr|\/?code)/.test(tag));
}

const benign = skeleton(pageOf(["plain"]));
const hostile = [
  "<script>alert(1)</script>",
  "</style><script>alert(1)</script>",
  '" onload="alert(1)',
  "' autofocus onfocus='alert(1)",
  "<!--",
  "]]>",
  "&lt;img src=x onerror=alert(1)&gt;",
  "\u202egnp.exe",
  "\u0000",
  "`${alert(1)}`",
  "a/../b",
  "<",
];

test("the page that texts are put into has no other tags and attributes because of them", () => {
  const texts = fc.array(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary" })), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(texts, (some) => {
      expect(skeleton(pageOf(some))).toEqual(benign);
    }),
  );
});

test.each(hostile)("%j is shown as text", (text) => {
  expect(skeleton(pageOf([text]))).toEqual(benign);
  expect(pageOf([text])).not.toMatch(/<script>alert|onload="/);
});

test("what changes the direction of text or is no text is shown by its number", () => {
  expect(pageOf(["a\u202eb\u0007c"])).toContain("a\\u{202e}b\\u{7}c");
});

test("the folder is called by its last two names only", () => {
  const view = { host: "h", needsToken: false, groups: [], complaints: [], log: [], lastEvent: "1" };
  const root = "/home/me/work/.greentic/dev";
  const complaints = [`\`${root}/components/a.wasm\` is a link that leads out of ${root}, or to nothing`];
  const page = pageHtml({ ...view, root, complaints }).toString();
  expect(page).toContain("<code>components/a.wasm</code> is a link that leads out of the folder, or");
  expect(page).toContain("…/.greentic/dev");
  expect(page).not.toContain("/home");
});
