import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { testedNode } from "../support/command-line.ts";
import { projectPath } from "../support/project-path.ts";
import { startRegistry } from "../support/registry.ts";
import { type Command, createCommand } from "./support/command.ts";

let command: Command;
let pushed: PushedComponent;
let pinned: string;

beforeAll(async () => {
  command = await createCommand();
  await using registry = await startRegistry();
  pushed = pushComponent(registry, { repository: "example/warm", wasm: smallComponent });
  pinned = pushed.reference;
  await command.run(["pull", pinned]);
  // A file that has just been made is hashed once more before the cache trusts what it noted of it.
  await sleep(2_100);
  await command.run(["pull", pinned]);
});
afterAll(() => command[Symbol.asyncDispose]());

/** Which of Node's modules a process has loaded at its end. */
const reporter = `
  const { writeFileSync } = process.getBuiltinModule("node:fs");
  process.on("exit", () => writeFileSync(process.env.MODULE_REPORT, process.moduleLoadList.join("\\n")));
`;

test("a warm pull by digest loads no module for network, TLS, hashing or compression", async () => {
  const idle = await modulesOf(["--version"]);
  for (const args of warmPulls()) {
    const more = (await modulesOf(args)).filter((name) => !idle.includes(name));
    const unwanted = /\b(net|tls|https?|crypto|dns|zlib|undici|worker|child_process)\b/;
    const found = more.filter((name) => unwanted.test(name));
    expect({ args, found }).toEqual({ args, found: [] });
  }
  // The same look at a pull that does need them: otherwise what is above would show nothing.
  const cold = await modulesOf(["resolve", pinned, "--cache-dir", "other"]);
  expect(cold).toContain("NativeModule net");
});

test("an offline pull of a tag loads nothing that could open a connection or ask for a name", async () => {
  const offline = await modulesOf(["--offline", "pull", pushed.reference]);
  expect(
    offline.filter((name) => /NativeModule (net|tls|https?|_http_client|dns|dgram)$/.test(name)),
  ).toEqual([]);
});

test("a process does not load network, TLS or hashing before it needs them", async () => {
  const idle = await modulesOf(["--version"]);
  expect(idle.filter((name) => /NativeModule (net|tls|https?|_http_client|dns|crypto)$/.test(name))).toEqual(
    [],
  );
});

test("a warm pull by digest loads two files: the entry and what every run needs", async () => {
  for (const args of warmPulls()) {
    const loaded = await filesOf(args);
    expect({ args, loaded }).toEqual({ args, loaded: ["dist/cli/main.cjs", "dist/cli/program.cjs"] });
  }
  expect((await filesOf(["cache", "ls"])).length).toBeGreaterThan(2);
});

test("neither another command nor the library loads what serves a folder", async () => {
  const library = pathToFileURL(projectPath("dist/index.js")).href;
  const inProcess = await addressesOf(["--input-type=module", "-e", `await import("${library}");`]);
  const served = /\/hono\/|\/(?:dev|listen|create-app)[-.]/;
  expect(inProcess).toContain(library);
  expect(inProcess.filter((url) => served.test(url))).toEqual([]);
  const main = pathToFileURL(projectPath("dist/cli/main.cjs")).href;
  const listing = await addressesOf([projectPath("dist/cli/main.cjs"), "cache", "ls"]);
  expect(listing).toContain(main);
  expect(listing.filter((url) => served.test(url))).toEqual([]);
  // The same look at the command that does need them: otherwise what is above would show nothing.
  const refused = await addressesOf([
    projectPath("dist/cli/main.cjs"),
    "dev",
    "--host",
    "none.invalid",
    "--no-auth",
  ]);
  expect(refused.filter((url) => served.test(url))).not.toEqual([]);
});

/** The addresses of all that a Node process loads, whatever it ends with. */
async function addressesOf(args: readonly string[]): Promise<readonly string[]> {
  const reports = join(command.directory, crypto.randomUUID());
  await mkdir(join(command.directory, ".greentic/dev"), { recursive: true });
  const env = { PATH: process.env["PATH"], HOME: command.directory, NODE_V8_COVERAGE: reports };
  const child = spawn(testedNode, args, { cwd: command.directory, env, stdio: "ignore" });
  await once(child, "exit");
  const [report] = await readdir(reports);
  const { result } = JSON.parse(await readFile(join(reports, report!), "utf8")) as {
    result: readonly { url: string }[];
  };
  return result.map(({ url }) => url);
}

function warmPulls(): readonly (readonly string[])[] {
  return [
    ["pull", pushed.manifestDigest],
    ["pull", pushed.contentDigest, "--json"],
    ["pull", "--offline", pinned],
    ["pull", pinned],
  ];
}

async function modulesOf(args: readonly string[]): Promise<readonly string[]> {
  const report = join(command.directory, "modules.txt");
  await command.run(args, { env: { MODULE_REPORT: report }, preload: reporter });
  return (await readFile(report, "utf8")).split("\n");
}

/** The files of this project and its dependencies that a process loads, by what V8 says of its coverage. */
async function filesOf(args: readonly string[]): Promise<readonly string[]> {
  const reports = join(command.directory, crypto.randomUUID());
  await mkdir(reports);
  const { code } = await command.run(args, { env: { NODE_V8_COVERAGE: reports } });
  expect(code).toBe(0);
  const [report] = await readdir(reports);
  const { result } = JSON.parse(await readFile(join(reports, report!), "utf8")) as {
    result: readonly { url: string }[];
  };
  const root = pathToFileURL(projectPath("/")).href;
  return result
    .filter(({ url }) => url.startsWith("file:"))
    .map(({ url }) => (url.startsWith(root) ? fileURLToPath(url).slice(fileURLToPath(root).length) : url))
    .toSorted();
}
