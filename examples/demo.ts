/**
 * Takes a component all the way: serves the folder that it lies in, gets it with the built `greentic-dist` as a user
 * would, counts the requests, and runs what was pulled. Exit code 1 when a step is not as said.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { styleText } from "node:util";
import { transpile } from "@bytecodealliance/jco-transpile";
// In a program of your own: from "greentic-dist/dev".
import { createDevDistributor, type ServedRequest } from "../src/dev/index.ts";
import { runCli } from "../test/support/cli.ts";
import { projectPath } from "../test/support/project-path.ts";
import { tempDir } from "../test/support/temp-dir.ts";

let steps = 0;

try {
  await demo();
  console.log(`\n${style("green", `All ${steps} steps were as said.`)}`);
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  console.error(`\n${style("red", `Step ${steps} was not as said: ${why}`)}`);
  process.exitCode = 1;
}

async function demo(): Promise<void> {
  await using dir = await tempDir();
  const root = join(dir.path, "served");
  await mkdir(join(root, "components"), { recursive: true });
  const requests: ServedRequest[] = [];
  await using served = await createDevDistributor({ root, onRequest: (request) => requests.push(request) });
  const repository = `${served.host}/components/hello`;
  const reference = `oci://${repository}:1.0.0`;
  const cache = join(dir.path, "cache");
  const greenticDist = (...args: readonly string[]): Promise<Outcome> =>
    run(requests, ["--cache-dir", cache, ...args]);

  step("Put a component into a folder that is served, as `greentic-dist dev` does");
  const wasm = await readFile(projectPath("examples/hello/hello.wasm"));
  await writeFile(join(root, "components/hello-1.0.0.wasm"), wasm);
  const contentDigest = digestOf(wasm);
  const manifest = await fetch(`${served.url}/v2/components/hello/manifests/1.0.0`, { method: "HEAD" });
  const manifestDigest = manifest.headers.get("docker-content-digest") ?? "";
  check("it is there at once", manifest.status, 200);
  console.log(
    `  ${reference}\n  manifest  ${manifestDigest}\n  component ${contentDigest}, ${wasm.length} bytes`,
  );

  step("Resolve: what the tag means, without the component");
  const resolved = await greenticDist("resolve", reference);
  check("it prints the manifest's digest", resolved.output, manifestDigest);
  check("the manifest was all that was read", resolved.requests, ["GET manifest"]);

  step("Pull, cold");
  const path = join(cache, manifestDigest.slice("sha256:".length), "component.wasm");
  const cold = await greenticDist("pull", reference);
  check("it prints the path of the component, under the manifest's digest", cold.output, path);
  check("the file has the component's digest", digestOf(await readFile(path)), contentDigest);
  const byContent = join(cache, contentDigest.slice("sha256:".length), "component.wasm");
  check("it lies under that digest too", digestOf(await readFile(byContent)), contentDigest);
  check("two requests: one for the manifest, one for the blob", cold.requests.map(withoutMethod), [
    "manifest",
    "blob",
  ]);

  step("Pull the tag again, warm");
  const warm = await greenticDist("pull", reference);
  check("the same path", warm.output, path);
  check("one HEAD, to see that the tag still means the same, and no body", warm.requests, ["HEAD manifest"]);

  step("Pull by digest, warm");
  const pinned = await greenticDist("pull", `oci://${repository}@${manifestDigest}`);
  check("the same path", pinned.output, path);
  check("no request: a digest cannot change", pinned.requests, []);

  step("Stop the registry, and pull offline");
  await served.close();
  const offline = await greenticDist("--offline", "pull", reference);
  check("the same path", offline.output, path);
  check("and nobody there to ask", await answers(served.url), false);

  step("List the cache");
  const listed = await greenticDist("cache", "ls", "--long");
  check("it names the manifest's digest", listed.output.includes(manifestDigest), true);

  step("Run what was pulled");
  const { greet } = await load(path, join(dir.path, "hello"));
  const greeting = greet("world");
  console.log(`  greet("world") -> ${JSON.stringify(greeting)}`);
  check("the component answers", greeting, "Hello, world!");
}

/** Whether a server listens at `url`. */
function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Turns the component at `path` into a JavaScript module in `folder`, and imports it. */
async function load(path: string, folder: string): Promise<{ readonly greet: (name: string) => string }> {
  const { files } = await transpile(path, { name: "hello" });
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return (await import(pathToFileURL(join(folder, "hello.js")).href)) as Awaited<ReturnType<typeof load>>;
}

interface Outcome {
  /** Stdout without the last newline. */
  readonly output: string;
  /** What the server was asked for meanwhile: `GET manifest`, `HEAD manifest`, `GET blob`. */
  readonly requests: readonly string[];
}

async function run(asked: ServedRequest[], args: readonly string[]): Promise<Outcome> {
  console.log(`  ${style("bold", `$ greentic-dist ${args.join(" ")}`)}`);
  asked.length = 0;
  const { code, signal, stdout, stderr } = await runCli(args);
  for (const line of linesOf(stdout)) console.log(`  ${line}`);
  for (const line of linesOf(stderr)) console.log(`  ${style("dim", line)}`);
  const { length } = asked;
  const counted = `${length === 0 ? "no" : length} request${length === 1 ? "" : "s"}`;
  const bodies = asked.map((request) => `${kindOf(request)}, ${request.bytesSent} bytes`);
  console.log(`  ${style("cyan", [counted, ...bodies].join(" · "))}`);
  check("exit code 0", signal ?? code, 0);
  return { output: stdout.trimEnd(), requests: asked.map(kindOf) };
}

function kindOf({ method, target }: ServedRequest): string {
  return `${method} ${/\/(manifest|blob)s\//.exec(target)?.[1] ?? target}`;
}

function withoutMethod(request: string): string {
  return request.slice(request.indexOf(" ") + 1);
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function step(title: string): void {
  steps += 1;
  console.log(`\n${style("bold", `${steps}. ${title}`)}`);
}

function check(claim: string, actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${claim}: expected ${wanted}, got ${got}`);
  console.log(`  ${style("green", "✓")} ${claim}`);
}

function style(format: "bold" | "cyan" | "dim" | "green" | "red", text: string): string {
  const isPlain = !process.stdout.isTTY || (process.env["NO_COLOR"] ?? "") !== "";
  return isPlain ? text : styleText(format, text);
}
