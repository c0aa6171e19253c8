/**
 * Takes a component all the way: pushes it to a registry of this process, gets it back with the built `greentic-dist`
 * as a user would, counts the requests, and runs what was pulled. Exit code 1 when a step is not as said.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { styleText } from "node:util";
import { transpile } from "@bytecodealliance/jco-transpile";
import { runCli } from "../test/support/cli.ts";
import type { LoggedRequest } from "../test/support/http-server.ts";
import { projectPath } from "../test/support/project-path.ts";
import { type Registry, startRegistry } from "../test/support/registry.ts";
import { tempDir } from "../test/support/temp-dir.ts";

const repository = "example/hello";
const tag = "1.0";

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
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const wasm = new Uint8Array(await readFile(projectPath("examples/hello/hello.wasm")));
  const contentDigest = digestOf(wasm);
  const reference = `oci://${registry.host}/${repository}:${tag}`;
  const cache = join(dir.path, "cache");
  const greenticDist = (...args: readonly string[]): Promise<Outcome> =>
    run(registry, ["--cache-dir", cache, ...args]);

  step("Push a component to a registry, as its publisher does");
  const manifestDigest = await push(registry.url, wasm);
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
  const pinned = await greenticDist("pull", `oci://${registry.host}/${repository}@${manifestDigest}`);
  check("the same path", pinned.output, path);
  check("no request: a digest cannot change", pinned.requests, []);

  step("Pull offline");
  const offline = await greenticDist("--offline", "pull", reference);
  check("the same path", offline.output, path);
  check("not even a connection", registry.connections, 0);

  step("List the cache");
  const listed = await greenticDist("cache", "ls", "--long");
  check("it names the manifest's digest", listed.output.includes(manifestDigest), true);
  check("no request", listed.requests, []);

  step("Run what was pulled");
  const { greet } = await load(path, join(dir.path, "hello"));
  const greeting = greet("world");
  console.log(`  greet("world") -> ${JSON.stringify(greeting)}`);
  check("the component answers", greeting, "Hello, world!");
}

/** Uploads the component, its config and its manifest (OCI distribution-spec v1.1, "Push"); the manifest's digest. */
async function push(url: string, wasm: Uint8Array<ArrayBuffer>): Promise<string> {
  const config = Buffer.from("{}");
  for (const blob of [config, wasm]) {
    const { headers } = await send("POST", `${url}/v2/${repository}/blobs/uploads/`);
    await send("PUT", `${url}${headers.get("location")}?digest=${digestOf(blob)}`, blob);
  }
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: descriptorOf("application/vnd.oci.empty.v1+json", config),
      layers: [descriptorOf("application/vnd.wasm.component.v1+wasm", wasm)],
    }),
  );
  await send("PUT", `${url}/v2/${repository}/manifests/${tag}`, manifest, mediaType);
  return digestOf(manifest);
}

async function send(
  method: string,
  url: string,
  body?: Uint8Array<ArrayBuffer>,
  contentType = "application/octet-stream",
): Promise<Response> {
  const response = await fetch(url, { method, body: body ?? null, headers: { "content-type": contentType } });
  if (!response.ok) throw new Error(`${method} ${url} was answered with ${response.status}`);
  return response;
}

function descriptorOf(mediaType: string, bytes: Uint8Array): object {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
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
  /** What the registry was asked for meanwhile: `GET manifest`, `HEAD manifest`, `GET blob`. */
  readonly requests: readonly string[];
}

async function run(registry: Registry, args: readonly string[]): Promise<Outcome> {
  console.log(`  ${style("bold", `$ greentic-dist ${args.join(" ")}`)}`);
  registry.clearLog();
  const { code, signal, stdout, stderr } = await runCli(args);
  for (const line of linesOf(stdout)) console.log(`  ${line}`);
  for (const line of linesOf(stderr)) console.log(`  ${style("dim", line)}`);
  const { length } = registry.requests;
  const counted = `${length === 0 ? "no" : length} request${length === 1 ? "" : "s"}`;
  const bodies = registry.requests.map((request) => `${kindOf(request)}, ${request.bytesSent} bytes`);
  console.log(`  ${style("cyan", [counted, ...bodies].join(" · "))}`);
  check("exit code 0", signal ?? code, 0);
  return { output: stdout.trimEnd(), requests: registry.requests.map(kindOf) };
}

function kindOf({ method, path }: LoggedRequest): string {
  return `${method} ${/\/(manifest|blob)s\//.exec(path)?.[1] ?? path}`;
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
