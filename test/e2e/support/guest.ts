import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import {
  type ArtifactSource,
  type DistributorClient,
  DistributorError,
  type DistributorErrorKind,
  type DistErrorCode,
  DistError,
  type PackStatusResponse,
  type ResolveComponentResponse,
  type ResolveRefResponse,
} from "../../../src/index.ts";
import type { OpenDistributor } from "../../contracts/distributor-contract.ts";
import { projectPath } from "../../support/project-path.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

/** The Node.js that can wait for a promise inside of WebAssembly. */
const node24 = projectPath("test/runtimes/node_modules/node-24/bin/node");

/** The interface in the version that the example imports, as its files spell it. */
const newest = "distributor@1.1.0";

/** A folder with a guest in it, built. */
export type GuestProject = TempDir;

/** Builds the example of a guest for a version of the interface. */
export async function buildExample(version: "1.0.0" | "1.1.0"): Promise<GuestProject> {
  const named = (text: string): string => text.replaceAll(newest, `distributor@${version}`);
  const paths = ["guest.js", "host.js", "wit/guest.wit"];
  const files = paths.map(async (path) => {
    return [path, named(await readFile(projectPath(`examples/guest/${path}`), "utf8"))] as const;
  });
  return build(await Promise.all(files), named(await documentedCommands()));
}

/** Builds the guest that docs/distributor.md shows; its host asks the distributor at `url`. */
export async function buildDocumented(url: string): Promise<GuestProject> {
  const blocks = (await documentation()).matchAll(/^```(?:js|wit)\n\/\/ (\S+)\n(.*?)^```$/gms);
  const files = [...blocks].map(([, path = "", text = ""]) => {
    return [path, text.replace("https://distributor.example.com", url)] as const;
  });
  return build(files, await documentedCommands());
}

const documentation = (): Promise<string> => readFile(projectPath("docs/distributor.md"), "utf8");

async function documentedCommands(): Promise<string> {
  const blocks = [...(await documentation()).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  const commands = blocks.find((text) => text.includes("npx jco"));
  if (commands === undefined) throw new Error("docs/distributor.md does not say how a guest is built");
  return commands;
}

async function build(
  files: readonly (readonly [path: string, text: string])[],
  commands: string,
): Promise<GuestProject> {
  const folder = await tempDir();
  await mkdir(join(folder.path, "wit"));
  for (const [path, text] of files) await writeFile(join(folder.path, path), text);
  await writeFile(join(folder.path, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await install(join(folder.path, "node_modules"));
  const { PATH, HOME } = process.env;
  const options = { cwd: folder.path, env: { PATH, HOME }, timeout: 100_000 };
  await promisify(execFile)("sh", ["-ec", commands], options);
  return folder;
}

/** What `npm install greentic-dist` and `npm install --save-dev @bytecodealliance/jco rolldown` leave. */
async function install(folder: string): Promise<void> {
  await mkdir(join(folder, ".bin"), { recursive: true });
  await symlink(projectPath("."), join(folder, "greentic-dist"));
  // A link to nothing would send npx to a registry.
  const [jco, rolldown] = await Promise.all([
    realpath(projectPath("test/guest/node_modules/.bin/jco")),
    realpath(projectPath("node_modules/.bin/rolldown")),
  ]);
  await symlink(jco, join(folder, ".bin/jco"));
  await symlink(rolldown, join(folder, ".bin/rolldown"));
}

/** What the host of a built guest prints. */
export async function outputOf({ path }: GuestProject): Promise<string> {
  const { stdout } = await promisify(execFile)(node24, ["host.js"], { cwd: path, timeout: 30_000 });
  return stdout;
}

/** What a line that comes back from the guest holds. */
interface Answer {
  readonly ok?: unknown;
  readonly error?: {
    readonly code?: DistErrorCode | undefined;
    readonly kind?: DistributorErrorKind | undefined;
    readonly message: string;
  };
}

/** The client inside the guest, run by the example's host, which asks the distributor at `url`. */
export function openGuest({ path }: GuestProject, url: string): OpenDistributor {
  const child = spawn(node24, ["host.js", url], { cwd: path, stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (call: string, ...args: readonly unknown[]): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify({ call, args })}\n`);
    const line = await lines.next();
    if (line.done === true) throw new Error("the host of the guest ended");
    const { ok, error } = JSON.parse(line.value) as Answer;
    if (error === undefined) return ok;
    throw errorFrom(error);
  };
  return {
    client: clientOver(ask),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await closed;
    },
  };
}

function errorFrom({ code, kind, message }: NonNullable<Answer["error"]>): Error {
  if (code === undefined) return new Error(message);
  if (kind === undefined) return new DistError(code as "INTERNAL", message, {});
  return new DistributorError(kind as "wit", message, { code, details: {} });
}

function clientOver(
  ask: (call: keyof DistributorClient, ...args: readonly unknown[]) => Promise<unknown>,
): DistributorClient {
  return {
    resolveComponent: async (request) => (await ask("resolveComponent", request)) as ResolveComponentResponse,
    getPackStatus: (...asked) => ask("getPackStatus", ...asked),
    getPackStatusV2: async (...asked) => (await ask("getPackStatusV2", ...asked)) as PackStatusResponse,
    warmPack: async (...asked) => {
      await ask("warmPack", ...asked);
    },
    resolveRef: async (ref) => (await ask("resolveRef", ref)) as ResolveRefResponse,
    getByDigest: async (digest) => {
      const source = (await ask("getByDigest", digest)) as
        | { readonly kind: "bytes"; readonly bytes: readonly number[] }
        | Extract<ArtifactSource, { kind: "path" }>;
      return source.kind === "bytes" ? { kind: "bytes", bytes: Uint8Array.from(source.bytes) } : source;
    },
  };
}
