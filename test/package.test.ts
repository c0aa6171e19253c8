import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { version } from "../src/core/index.ts";
import { projectPath } from "./support/project-path.ts";
import { tempDir } from "./support/temp-dir.ts";

const run = promisify(execFile);
const timeout = 120_000;

/** The variables of this process, without what an npm around it says about this project. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(?:cache|registry|userconfig|globalconfig|cafile)$)/i.test(name),
  ),
);

/** Node.js and npm as they run here, whatever else is on the PATH. */
env["PATH"] = [dirname(process.execPath), env["PATH"]].join(delimiter);

const tool = (name: string): string => projectPath(join("node_modules", ".bin", name));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its exit code. */
async function outcomeOf(file: string, args: readonly string[], cwd: string, extra = {}): Promise<Outcome> {
  try {
    return { code: 0, ...(await run(file, args, { cwd, env: { ...env, ...extra }, timeout })) };
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "number") throw error;
    const { code, stdout, stderr } = error as unknown as Outcome;
    return { code, stdout, stderr };
  }
}

const dir = await tempDir();
/** The folder in which the package is installed. */
const project = join(dir.path, "consumer");
let tarball = "";
let packed: readonly string[] = [];

beforeAll(async () => {
  if (!existsSync(projectPath("dist/index.js")) || !existsSync(projectPath("dist/index.d.ts"))) {
    throw new Error("there is no dist: run `npm run build` first");
  }
  const pack = ["pack", projectPath("."), "--json", "--ignore-scripts", "--pack-destination", dir.path];
  const { stdout } = await run("npm", pack, { cwd: dir.path, env });
  const [{ filename, files }] = JSON.parse(stdout) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  tarball = join(dir.path, filename);
  packed = files.map(({ path }) => path);
  await mkdir(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const install = ["install", tarball, "--prefer-offline", "--no-audit", "--no-fund"];
  await run("npm", install, { cwd: project, env });
}, timeout);

afterAll(() => dir[Symbol.asyncDispose]());

test("the version in the sources is that of the package", async () => {
  const text = await readFile(projectPath("package.json"), "utf8");
  expect((JSON.parse(text) as { readonly version: string }).version).toBe(version);
});

describe("the tarball", () => {
  test("holds what runs, what explains it, and nothing else", () => {
    const top = new Set(packed.map((path) => path.split("/")[0]));
    expect(top).toEqual(new Set(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json", "wit"]));
  });

  test("holds no tests, sources or maps", () => {
    const built = packed.filter((path) => path.startsWith("dist/"));
    expect(built).toContain("dist/cli/main.cjs");
    expect(built.filter((path) => !/\.(?:c?js|d\.ts)$/.test(path) || path.includes(".test"))).toEqual([]);
  });

  test("has no fault that publint finds", { timeout }, async () => {
    const { code, stdout } = await outcomeOf(tool("publint"), [tarball, "--strict"], dir.path);
    expect(stdout).toContain("All good!");
    expect(code).toBe(0);
  });

  test("has types that resolve for every importer of ES modules", { timeout }, async () => {
    const args = [tarball, "--profile", "esm-only", "--format", "ascii", "--no-color"];
    const { code, stdout } = await outcomeOf(tool("attw"), args, dir.path);
    expect(stdout).toContain('"greentic-dist/registry"\n\nnode16 (from ESM): 🟢 (ESM)');
    expect(code).toBe(0);
  });
});

/** A command of the installed package. */
const binary = (name: string): string => join(project, "node_modules", ".bin", name);

describe("installed in an empty folder, the package", () => {
  test("runs as a command", { timeout }, async () => {
    const outcome = await outcomeOf("npx", ["--no", "--", "greentic-dist", "--version"], project);
    expect(outcome).toMatchObject({ code: 0, stdout: `greentic-dist ${version}\n` });
  });

  test("runs by its former name, and says that it has another now", async () => {
    const outcome = await outcomeOf(binary("greentic-distributor-client"), ["--version"], project);
    expect(outcome).toEqual({
      code: 0,
      stdout: `greentic-dist ${version}\n`,
      stderr: "warning: greentic-distributor-client is deprecated; use greentic-dist\n",
    });
  });

  test("runs by its former name in silence when asked to", async () => {
    const silence = { GREENTIC_SILENCE_DEPRECATION_WARNINGS: "1" };
    const outcome = await outcomeOf(binary("greentic-distributor-client"), ["--version"], project, silence);
    expect(outcome).toEqual({ code: 0, stdout: `greentic-dist ${version}\n`, stderr: "" });
  });

  test("fails with its exit code as a command", async () => {
    const cache = ["--cache-dir", join(dir.path, "cache")];
    const outcome = await outcomeOf(binary("greentic-dist"), [...cache, "pull", "not a reference"], project);
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toContain("invalid reference `not a reference`");
  });

  test("is imported as a library, with errors that both of its entries share", async () => {
    await writeFile(
      join(project, "run.js"),
      `
        import { DistClient, DistError, isDistError } from "greentic-dist";
        import { anonymous, createRegistryClient, createWireHttp, parseOciName } from "greentic-dist/registry";
        const registry = createRegistryClient({
          http: createWireHttp({ userAgent: "test" }),
          credentials: anonymous,
          allowPlainHttp: () => false,
          now: Date.now,
        });
        const refused = await registry.fetchManifest(parseOciName("127.0.0.1:1/a/b:1")).catch((reason) => reason);
        const dist = new DistClient({ env: {}, cacheDir: "cache", offline: true });
        const error = await dist.ensureCached("oci://ghcr.io/acme/hello:1").catch((reason) => reason);
        console.log(error instanceof DistError, isDistError(error, "OFFLINE"), refused.code);
      `,
    );
    const outcome = await outcomeOf(process.execPath, ["run.js"], project);
    expect(outcome).toEqual({ code: 0, stdout: "true true NETWORK\n", stderr: "" });
  });

  test("cannot be imported by what is inside it", async () => {
    await writeFile(join(project, "inside.js"), 'await import("greentic-dist/dist/cli/main.cjs");');
    const { code, stderr } = await outcomeOf(process.execPath, ["inside.js"], project);
    expect(code).toBe(1);
    expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});

/** What the compiler says to a file with these options. */
async function compile(file: string, options: object): Promise<Outcome> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    target: "es2023",
    typeRoots: ["types"],
    ...options,
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  return outcomeOf(tool("tsc"), ["-p", "."], project);
}

describe("a strict TypeScript project that checks its libraries", () => {
  beforeAll(async () => {
    await mkdir(join(project, "types"));
    await symlink(projectPath("node_modules/@types/node"), join(project, "types", "node"));
    await writeFile(
      join(project, "consumer.ts"),
      `
        import { type CachedArtifact, DistClient, type DistClientOptions, isDistError } from "greentic-dist";
        import { createRegistryClient, type RegistryClient } from "greentic-dist/registry";
        const options: DistClientOptions = { env: {}, offline: true, onEvent: ({ event }) => console.log(event) };
        export const pull = (reference: string, signal: AbortSignal): Promise<CachedArtifact> =>
          new DistClient(options).ensureCached(reference, { signal });
        export const explain = (error: unknown): string =>
          isDistError(error, "TIMEOUT") ? error.details.phase : isDistError(error) ? error.code : "unknown";
        export const create: (...options: Parameters<typeof createRegistryClient>) => RegistryClient =
          createRegistryClient;
      `,
    );
    await writeFile(
      join(project, "wrong.ts"),
      'import { DistClient } from "greentic-dist";\nnew DistClient({ offline: "yes" });\n',
    );
  });

  const clean: Outcome = { code: 0, stdout: "", stderr: "" };
  const nodeTypes = { types: ["node"], lib: ["es2023"] };

  test("compiles against it as Node.js resolves modules", { timeout }, async () => {
    expect(await compile("consumer.ts", { ...nodeTypes, module: "nodenext" })).toEqual(clean);
  });

  test("compiles against it as bundlers resolve modules", { timeout }, async () => {
    const bundler = { module: "preserve", moduleResolution: "bundler" };
    expect(await compile("consumer.ts", { ...nodeTypes, ...bundler })).toEqual(clean);
  });

  test("is told about wrong options", { timeout }, async () => {
    const { code, stdout } = await compile("wrong.ts", { ...nodeTypes, module: "nodenext" });
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/^wrong\.ts\(2,18\): error TS2322/);
  });

  test("compiles against it without Node's types", { timeout }, async () => {
    const webTypes = { types: [], lib: ["es2023", "dom", "esnext.disposable"], module: "nodenext" };
    expect(await compile("consumer.ts", webTypes)).toEqual(clean);
  });
});
