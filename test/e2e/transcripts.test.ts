// Sessions as they were recorded from the Rust command (release 0.4.26), held against this one: first what is the
// same, then what differs on purpose. `$ ` is a command, two spaces begin a line of stdout, `  ! ` one of stderr, and
// `  = ` is the exit code. Left out are hints, which the Rust command has not, and progress; where the Rust command
// writes only a message, this one writes `error: ` before it. <small>, <hello> and <demo> stand for the hex of the
// manifests' digests, <small-bytes>, <hello-bytes> and <demo-bytes> for that of the artifacts' own,
// <hello-json> for that of the component manifest.
import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { digestOf } from "../support/cache-files.ts";
import { pushLayers } from "../support/push-layers.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand } from "./support/command.ts";

const wasmType = "application/vnd.wasm.component.v1+wasm";
const packType = "application/vnd.greentic.gtpack.v1+zip";
const packBytes = "PK\u0003\u0004demo pack\n";
/** A component of 65544 bytes: its header, and a custom section without a name that fills the rest. */
const helloBytes = Buffer.concat([
  Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 0, 0xfc, 0xff, 0x03]),
  Buffer.alloc(65_532),
]);
const helloJson = '{"artifacts":{"component_wasm":"hello.wasm"}}';

let registry: Registry;
let command: Command;
/** What the words in angle brackets stand for. */
let words: ReadonlyMap<string, string>;

beforeAll(async () => {
  registry = await startRegistry();
  const small = pushComponent(registry, { repository: "greentic/small", tag: "1.0", wasm: smallComponent });
  const hello = pushComponent(registry, {
    repository: "greentic/hello",
    tag: "1.0",
    wasm: helloBytes,
    componentManifest: JSON.parse(helloJson) as object,
  });
  const demo = pushLayers(registry, "greentic/packs/demo", [packBytes, packType]);
  words = new Map([
    ["<registry>", registry.host],
    ["<small>", hexOf(small.manifestDigest)],
    ["<small-bytes>", hexOf(small.contentDigest)],
    ["<hello>", hexOf(hello.manifestDigest)],
    ["<hello-bytes>", hexOf(hello.contentDigest)],
    ["<hello-json>", hexOf(digestOf(helloJson))],
    ["<demo>", hexOf(demo.manifestDigest)],
    ["<demo-bytes>", hexOf(digestOf(packBytes))],
  ]);
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
  await writeFile(join(command.directory, "small.wasm"), smallComponent);
});
afterEach(() => command[Symbol.asyncDispose]());

/** The words in angle brackets, replaced by what they stand for. */
const fill = (text: string): string =>
  [...words, ["<dir>", command.directory] as const].reduce(
    (filled, [word, meaning]) => filled.replaceAll(word, meaning),
    text,
  );
/** The reverse of {@link fill}. */
const blank = (text: string): string =>
  [...words, ["<dir>", command.directory] as const].reduce(
    (blanked, [word, meaning]) => blanked.replaceAll(meaning, word),
    text,
  );

/** A session as it stands in a template: without the indentation there. */
const session = (text: string): string => text.trim().replaceAll(/^ {4}/gm, "");

/** Runs the commands of a session, one after the other, and writes down what happens in the same form. */
async function replay(recorded: string): Promise<string> {
  const lines: string[] = [];
  for (const [line, typed = ""] of recorded.matchAll(/^\$ greentic-dist ?(.*)$/gm)) {
    const args = [...fill(typed).matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? "",
    );
    const env = { GREENTIC_PACK_CACHE_DIR: join(command.directory, "packs") };
    const { code, stdout, stderr } = await command.run([...args, "--progress", "none"], { env });
    const said = linesOf(stderr).filter((text) => !text.startsWith("hint: "));
    lines.push(line, ...linesOf(stdout).map((text) => `  ${text}`), ...said.map((text) => `  ! ${text}`));
    lines.push(`  = ${code}`);
  }
  return blank(lines.join("\n"));
}

/** The lines of an output; one that does not end is marked. */
function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  const rest = lines.pop();
  return rest === "" ? lines : [...lines, `${rest} (without an end of line)`];
}

/** All that is in a cache to be seen by other programs. */
async function listing(root: string): Promise<readonly string[]> {
  const paths = await readdir(join(command.directory, root), { recursive: true });
  return paths
    .filter((path) => !path.startsWith("."))
    .map((path) => blank(join(root, path)))
    .toSorted();
}

/** A folder named by a digest, and its files. */
const folderWith = (folder: string, ...names: readonly string[]): readonly string[] => [
  folder,
  ...names.map((name) => join(folder, name)),
];

/** What a JSON file says, in order. */
async function entriesOf(path: string): Promise<readonly (readonly [string, unknown])[]> {
  return Object.entries(JSON.parse(blank(await readFile(fill(path), "utf8"))) as object);
}

/** The lockfile of the sessions: a tag with a digest, a text, and a file. */
async function writeLock(): Promise<void> {
  const lock = {
    schema_version: 1,
    components: [
      { name: "hello", ref: "<registry>/greentic/hello:1.0", digest: "sha256:<hello>" },
      "<registry>/greentic/small@sha256:<small>",
      { name: "local", reference: "<dir>/small.wasm" },
    ],
  };
  await writeFile(join(command.directory, "lock1.json"), fill(JSON.stringify(lock)));
}

describe("what is the same", () => {
  test("a component is resolved, pulled by tag, by pin and by digest, and found offline", async () => {
    const recorded = session(`
    $ greentic-dist resolve oci://<registry>/greentic/small:1.0
      sha256:<small>
      = 0
    $ greentic-dist resolve oci://<registry>/greentic/small:1.0 --json
      {
        "reference": "oci://<registry>/greentic/small:1.0",
        "digest": "sha256:<small>"
      }
      = 0
    $ greentic-dist pull oci://<registry>/greentic/small:1.0 --json
      {
        "reference": "oci://<registry>/greentic/small:1.0",
        "digest": "sha256:<small>",
        "cache_path": "<dir>/cache/<small>/component.wasm",
        "fetched": true
      }
      = 0
    $ greentic-dist pull oci://<registry>/greentic/small:1.0
      <dir>/cache/<small>/component.wasm
      = 0
    $ greentic-dist pull <registry>/greentic/small:1.0
      <dir>/cache/<small>/component.wasm
      = 0
    $ greentic-dist pull oci://<registry>/greentic/small@sha256:<small> --json
      {
        "reference": "oci://<registry>/greentic/small@sha256:<small>",
        "digest": "sha256:<small>",
        "cache_path": "<dir>/cache/<small>/component.wasm",
        "fetched": false
      }
      = 0
    $ greentic-dist pull sha256:<small>
      <dir>/cache/<small>/component.wasm
      = 0
    $ greentic-dist --offline pull sha256:<small>
      <dir>/cache/<small>/component.wasm
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  test("a file is pulled and resolved by the digest of its bytes", async () => {
    const recorded = session(`
    $ greentic-dist pull small.wasm
      <dir>/cache/<small-bytes>/component.wasm
      = 0
    $ greentic-dist resolve file://<dir>/small.wasm
      sha256:<small-bytes>
      = 0
    $ greentic-dist cache ls
      sha256:<small-bytes>
      = 0
    $ greentic-dist cache ls --json
      [
        "sha256:<small-bytes>"
      ]
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  test("a lockfile is pulled in its order", async () => {
    await writeLock();
    const recorded = session(`
    $ greentic-dist pull --lock lock1.json
      sha256:<hello> <dir>/cache/<hello>/component.wasm
      sha256:<small> <dir>/cache/<small>/component.wasm
      sha256:<small-bytes> <dir>/cache/<small-bytes>/component.wasm
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  test("a pack is put into the cache of packs", async () => {
    const recorded = session(`
    $ greentic-dist pack <registry>/greentic/packs/demo:1.0 --allow-tags
      <dir>/packs/<demo>/pack.gtpack
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  test("what is wrong with a command line or a reference is said in the same words", async () => {
    const recorded = session(`
    $ greentic-dist pull http://example.com/x
      ! error: insecure url \`http://example.com/x\`: only https is allowed
      = 2
    $ greentic-dist pull ""
      ! error: invalid reference \`\`
      = 2
    $ greentic-dist pull "UPPER/Bad Ref"
      ! error: invalid reference \`UPPER/Bad Ref\`
      = 2
    $ greentic-dist pull
      ! error: pull requires either a reference or --lock
      = 2
    $ greentic-dist cache rm sha256:0000000000000000000000000000000000000000000000000000000000000000
      = 0
    $ greentic-dist cache gc
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });
});

describe("what differs on purpose", () => {
  // Rust: exit 4, although the artifact is there.
  test("offline, a pin that is cached is served", async () => {
    const recorded = session(`
    $ greentic-dist pull oci://<registry>/greentic/small:1.0
      <dir>/cache/<small>/component.wasm
      = 0
    $ greentic-dist --offline pull oci://<registry>/greentic/small@sha256:<small>
      <dir>/cache/<small>/component.wasm
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  // Rust: the file and the component from the registry are two entries, though their bytes may be the same.
  test("an artifact is listed once, under its resolved digest", async () => {
    const recorded = session(`
    $ greentic-dist pull oci://<registry>/greentic/small:1.0
      <dir>/cache/<small>/component.wasm
      = 0
    $ greentic-dist pull small.wasm
      <dir>/cache/<small-bytes>/component.wasm
      = 0
    $ greentic-dist cache ls
      sha256:<small>
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  // Rust: six lines, seven with --show-media-type; exit 10 for `oci://` and for files.
  test("inspect takes every kind of reference, and goes on with what else is known", async () => {
    const recorded = session(`
    $ greentic-dist inspect <registry>/greentic/hello:1.0
      cache dir: <dir>/cache/<hello>
      component.wasm: true
      component.manifest.json: true
      manifest component_wasm: hello.wasm
      manifest component_wasm exists: true
      manifest component_wasm mismatch: false
      reference kind: oci
      digest: sha256:<hello>
      manifest digest: sha256:<hello>
      content digest: sha256:<hello-bytes>
      size: 65544
      shape: component
      wasm: component
      layer: ${wasmType} - sha256:<hello-bytes> 65544
      layer: application/vnd.greentic.component.manifest.v1+json component.manifest.json sha256:<hello-json> ${helloJson.length}
      = 0
    $ greentic-dist inspect oci://<registry>/greentic/small:1.0 --show-media-type
      cache dir: <dir>/cache/<small>
      component.wasm: true
      component.manifest.json: false
      manifest component_wasm: <missing>
      manifest component_wasm exists: false
      manifest component_wasm mismatch: false
      selected media type: ${wasmType}
      reference kind: oci
      digest: sha256:<small>
      manifest digest: sha256:<small>
      content digest: sha256:<small-bytes>
      size: ${smallComponent.length}
      shape: component
      wasm: component
      export: func greet
      layer: ${wasmType} - sha256:<small-bytes> ${smallComponent.length}
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  // Rust: `reference` is empty, there is no `name`, and a file counts as fetched each time.
  test("the entries of a lockfile are named in JSON", async () => {
    await writeLock();
    const recorded = session(`
    $ greentic-dist pull --lock lock1.json
      sha256:<hello> <dir>/cache/<hello>/component.wasm
      sha256:<small> <dir>/cache/<small>/component.wasm
      sha256:<small-bytes> <dir>/cache/<small-bytes>/component.wasm
      = 0
    $ greentic-dist pull --lock lock1.json --json
      [
        {
          "reference": "<registry>/greentic/hello:1.0",
          "name": "hello",
          "digest": "sha256:<hello>",
          "cache_path": "<dir>/cache/<hello>/component.wasm",
          "fetched": false
        },
        {
          "reference": "<registry>/greentic/small@sha256:<small>",
          "name": null,
          "digest": "sha256:<small>",
          "cache_path": "<dir>/cache/<small>/component.wasm",
          "fetched": false
        },
        {
          "reference": "<dir>/small.wasm",
          "name": "local",
          "digest": "sha256:<small-bytes>",
          "cache_path": "<dir>/cache/<small-bytes>/component.wasm",
          "fetched": false
        }
      ]
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  // Rust: exit 4 for an entry whose digest is cached.
  test("offline, a lockfile whose digests are cached is pulled", async () => {
    await writeLock();
    const lines = `
      sha256:<hello> <dir>/cache/<hello>/component.wasm
      sha256:<small> <dir>/cache/<small>/component.wasm
      sha256:<small-bytes> <dir>/cache/<small-bytes>/component.wasm
      = 0`;
    const recorded = session(`
    $ greentic-dist pull --lock lock1.json${lines}
    $ greentic-dist --offline pull --lock lock1.json${lines}
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  // Rust: exit 10 for a lockfile that is not there, and for what the registry or Docker Hub does not have.
  test("what is not there exits with 3, and half a digest is no reference", async () => {
    const recorded = session(`
    $ greentic-dist pull --lock missing.json
      ! error: lockfile \`missing.json\` is not there
      = 3
    $ greentic-dist pull sha256:abc
      ! error: invalid reference \`sha256:abc\`
      = 2
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  test("what the registry does not have exits with 3, and its words stay in the message", async () => {
    const played = await replay("$ greentic-dist pull oci://<registry>/greentic/nope:1.0");
    const [, message = "", code] = played.split("\n");
    expect(message).toMatch(
      /^ {2}! error: .*<registry>\/greentic\/nope:1\.0.*MANIFEST_UNKNOWN.*manifest unknown/,
    );
    expect(code).toBe("  = 3");
  });

  // Rust: `tagged reference … is disallowed`, and `Incompatible layer media type` for a component that is no pack.
  test("the tag of a pack is refused in other words, and a layer alone is the pack whatever its type", async () => {
    const recorded = session(`
    $ greentic-dist pack <registry>/greentic/small:1.0
      ! error: digest pin required for \`<registry>/greentic/small:1.0\`
      = 2
    $ greentic-dist pack <registry>/greentic/small:1.0 --allow-tags
      <dir>/packs/<small>/pack.gtpack
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  // Rust: `unrecognized subcommand`, and the usage. The texts of help are each command's own.
  test("an unknown command is answered with those that there are", async () => {
    const [, message, code] = (await replay("$ greentic-dist bogus")).split("\n");
    expect(message).toMatch(/^ {2}! error: unknown command `bogus`: expected resolve, pull, pack, /);
    expect(code).toBe("  = 2");
  });

  // Rust: without `shape`.
  test("the shape of a pack stands in its JSON", async () => {
    const recorded = session(`
    $ greentic-dist pack <registry>/greentic/packs/demo:1.0 --allow-tags --json
      {
        "reference": "<registry>/greentic/packs/demo:1.0",
        "digest": "sha256:<demo>",
        "media_type": "${packType}",
        "shape": "zip",
        "cache_path": "<dir>/packs/<demo>/pack.gtpack",
        "fetched": true
      }
      = 0
    `);
    expect(await replay(recorded)).toBe(recorded);
  });

  // Rust: `auth not implemented for …`.
  test("an unmapped reference is said to lack its resolution", async () => {
    const recorded = session(`
    $ greentic-dist pull repo://acme/x
      ! error: resolution unavailable for \`repo://acme/x\`
      = 5
    `);
    expect(await replay(recorded)).toBe(recorded);
  });
});

describe("the caches afterwards", () => {
  const time: unknown = expect.any(Number);

  beforeEach(async () => {
    await writeLock();
    await replay(
      session(`
    $ greentic-dist pull --lock lock1.json
    $ greentic-dist pack <registry>/greentic/packs/demo:1.0 --allow-tags
    `),
    );
  });

  // Rust: the folders of the contents are not there but for files, and those have no metadata.json.
  test("each artifact stands under the digests of its manifest and of its content, with its metadata", async () => {
    const hello = ["component.manifest.json", "component.wasm", "hello.wasm", "metadata.json"];
    const small = ["component.wasm", "metadata.json"];
    expect(await listing("cache")).toEqual(
      [
        ...folderWith("cache/<hello>", ...hello),
        ...folderWith("cache/<hello-bytes>", ...hello),
        ...folderWith("cache/<small>", ...small),
        ...folderWith("cache/<small-bytes>", ...small),
      ].toSorted(),
    );
    const demo = ["metadata.json", "pack.gtpack"];
    expect(await listing("packs")).toEqual(
      [...folderWith("packs/<demo>", ...demo), ...folderWith("packs/<demo-bytes>", ...demo)].toSorted(),
    );
  });

  // Rust: the link is absolute.
  test("component.wasm is a relative link where the manifest names the component", async () => {
    for (const folder of ["<hello>", "<hello-bytes>"]) {
      const path = fill(`<dir>/cache/${folder}/component.wasm`);
      expect(await readlink(path)).toBe("hello.wasm");
      expect((await readFile(path)).equals(helloBytes)).toBe(true);
    }
  });

  // Rust: without `content_digest`.
  test("metadata.json of a component says the same in both folders, the content's digest last", async () => {
    for (const folder of ["<hello>", "<hello-bytes>"]) {
      expect(await entriesOf(`<dir>/cache/${folder}/metadata.json`)).toEqual([
        ["original_reference", "<registry>/greentic/hello:1.0"],
        ["resolved_digest", "sha256:<hello>"],
        ["media_type", wasmType],
        ["fetched_at_unix_seconds", time],
        ["size_bytes", 65_544],
        ["manifest_digest", "sha256:<hello>"],
        ["manifest_wasm_name", "hello.wasm"],
        ["content_digest", "sha256:<hello-bytes>"],
      ]);
    }
  });

  // Rust: without `content_digest` and `manifest_wasm_name`.
  test("metadata.json of a pack says the same in both folders, the content's digest last", async () => {
    for (const folder of ["<demo>", "<demo-bytes>"]) {
      expect(await entriesOf(`<dir>/packs/${folder}/metadata.json`)).toEqual([
        ["original_reference", "<registry>/greentic/packs/demo:1.0"],
        ["resolved_digest", "sha256:<demo>"],
        ["media_type", packType],
        ["fetched_at_unix_seconds", time],
        ["size_bytes", packBytes.length],
        ["manifest_digest", "sha256:<demo>"],
        ["manifest_wasm_name", null],
        ["content_digest", "sha256:<demo-bytes>"],
      ]);
    }
  });
});
