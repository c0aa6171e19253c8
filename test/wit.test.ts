import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { $init, generateTypes } from "@bytecodealliance/jco-transpile/component";
import { componentEmbed, componentNew, componentWit } from "@bytecodealliance/jco-transpile/wasm-tools";
import { beforeAll, describe, expect, test } from "vitest";
import { projectPath } from "./support/project-path.ts";

/** The text of each package in `wit/deps`, by the name of its folder. */
const packages = new Map<string, string>();
/** All of `wit/` in one text: the packages as blocks behind the one that `guest.wit` names. */
let source = "";

beforeAll(async () => {
  const deps = projectPath("wit/deps");
  for (const folder of (await readdir(deps)).toSorted()) {
    const files = await readdir(join(deps, folder));
    const texts = await Promise.all(files.map((file) => readFile(join(deps, folder, file), "utf8")));
    packages.set(folder, texts.join(""));
  }
  const blocks = [...packages.values()].map((text) => `${text.replace(/^(package [^;]+);/, "$1 {")}}\n`);
  source = (await readFile(projectPath("wit/guest.wit"), "utf8")) + blocks.join("");
});

/** WIT without comments, spaces and commas that mean nothing. */
const normalized = (wit: string): string =>
  wit
    .replaceAll(/\/\/.*$/gm, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/,? ?([{}]) ?/g, "$1")
    .replaceAll(/; /g, ";")
    .trim();

const secretsTypes = `
package greentic:secrets-types@1.0.0;
interface types {
  type secret-key = string;
  record secret-scope { env: string, tenant: string, team: option<string> }
  enum secret-format { bytes, text, json }
  record secret-requirement { key: secret-key, required: bool, description: option<string>,
    scope: option<secret-scope>, format: option<secret-format>, schema: option<string>, examples: list<string> }
}`;

/** A version of the distributor's package; 1.1.0 adds `records` behind the records and `functions` at the end. */
const distributorApi = (version: string, records = "", functions = ""): string => `
package greentic:distributor-api@${version};
interface distributor {
  use greentic:secrets-types/types@1.0.0.{secret-requirement};
  type tenant-id = string; type distributor-environment-id = string; type pack-id = string; type component-id = string;
  enum component-status { pending, ready, failed }
  record artifact-location { kind: string, value: string }
  record signature-summary { verified: bool, signer: string, extra: string }
  record cache-info { size-bytes: u64, last-used-utc: string, last-refreshed-utc: string }
  record resolve-component-request { tenant-id: tenant-id, environment-id: distributor-environment-id,
    pack-id: pack-id, component-id: component-id, version: string, extra: string }
  record resolve-component-response { component-status: component-status, digest: string,
    artifact-location: artifact-location, signature-summary: signature-summary, cache-info: cache-info,
    secret-requirements: list<secret-requirement> }
  record pack-status-response { status: string, secret-requirements: list<secret-requirement>, extra: string }
  ${records}
  resolve-component: func(req: resolve-component-request) -> resolve-component-response;
  get-pack-status: func(tenant-id: tenant-id, environment-id: distributor-environment-id, pack-id: pack-id) -> string;
  get-pack-status-v2: func(tenant-id: tenant-id, environment-id: distributor-environment-id, pack-id: pack-id) -> pack-status-response;
  warm-pack: func(tenant-id: tenant-id, environment-id: distributor-environment-id, pack-id: pack-id);
  ${functions}
}
world distributor-api { export distributor; }
world distributor-api-imports { import distributor; }`;

const expected: Readonly<Record<string, string>> = {
  "greentic-distributor-api-1.0.0": distributorApi("1.0.0"),
  "greentic-distributor-api-1.1.0": distributorApi(
    "1.1.0",
    `record resolve-ref-metadata { component-status: component-status, artifact-location: artifact-location,
      signature-summary: signature-summary, cache-info: cache-info, secret-requirements: list<secret-requirement> }
    record resolve-ref-response { digest: string, metadata: resolve-ref-metadata }
    variant artifact-source { bytes(list<u8>), path(string) }`,
    `resolve-ref: func(ref: string) -> resolve-ref-response;
    get-by-digest: func(digest: string) -> artifact-source;`,
  ),
  "greentic-secrets-types-1.0.0": secretsTypes,
};

test("the packages are those that guests and hosts of other programs were built with, word for word", () => {
  expect([...packages.keys()]).toEqual(Object.keys(expected));
  for (const [name, text] of packages) expect(normalized(text)).toBe(normalized(expected[name]!));
});

/** What a component of this world imports and exports, as wasm-tools reads it. */
async function externsOf(world: string): Promise<readonly string[]> {
  const core = await componentEmbed({ witSource: source, dummy: true, world });
  const wit = await componentWit(await componentNew(core, []));
  return wit.match(/(?:import|export) [^;]+/g) ?? [];
}

describe.each(["1.0.0", "1.1.0"])("the worlds of version %s", (version) => {
  const types = "import greentic:secrets-types/types@1.0.0";
  const distributor = `greentic:distributor-api/distributor@${version}`;

  test("are read by wasm-tools: one exports the interface, one imports it", async () => {
    const worlds = ["distributor-api", "distributor-api-imports"];
    const [exporting, importing] = worlds.map((name) => `greentic:distributor-api/${name}@${version}`);
    expect(await externsOf(exporting!)).toEqual([types, `export ${distributor}`]);
    expect(await externsOf(importing!)).toEqual([types, `import ${distributor}`]);
  });
});

test("the folder as a whole is a package whose world imports the newest version", async () => {
  expect(await externsOf("guest")).toContain("import greentic:distributor-api/distributor@1.1.0");
});

/** Checks that what jco says of the imports in either version fits our bindings, and names the same functions. */
const bindingsCheck = `
  import type * as older from "./1.0.0/interfaces/greentic-distributor-api-distributor.js";
  import type * as newer from "./1.1.0/interfaces/greentic-distributor-api-distributor.js";
  import type { DistributorApiBindings } from "../../src/distributor/distributor-api-bindings.ts";
  declare const imports: { older: typeof older; newer: typeof newer };
  export const bindings: readonly DistributorApiBindings[] = [imports.older, imports.newer];
  export const named: Record<keyof DistributorApiBindings, unknown> = imports.newer;
  export const known: Record<keyof typeof newer, unknown> = {} as Required<DistributorApiBindings>;
`;

test("the bindings of the library are those that jco makes of it, for either version", async () => {
  await mkdir(projectPath("build"), { recursive: true });
  const folder = await mkdtemp(projectPath("build/wit-test-"));
  try {
    await $init;
    for (const version of ["1.0.0", "1.1.0"]) {
      const world = `greentic:distributor-api/distributor-api-imports@${version}`;
      for (const [path, bytes] of generateTypes("types", { wit: { tag: "source", val: source }, world })) {
        await mkdir(join(folder, version, "interfaces"), { recursive: true });
        await writeFile(join(folder, version, path), bytes);
      }
    }
    await writeFile(join(folder, "check.ts"), bindingsCheck);
    const tsconfig = { extends: "../../tsconfig.json", include: ["*.ts"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    const tsc = promisify(execFile)(projectPath("node_modules/.bin/tsc"), ["-p", folder]);
    expect(await tsc.catch(({ stdout }: { readonly stdout: string }) => ({ stdout }))).toMatchObject({
      stdout: "",
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
