import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { projectPath } from "../test/support/project-path.ts";
import type { CommandLine } from "./account.ts";

/** Other programs that bring what a registry has, by the names under which they are shown. */
export type PeerName = "curl" | "crane" | "oras" | "regctl" | "skopeo" | RustName;

/** The command of the same name that is written in Rust. */
export type RustName = "Rust greentic-dist 0.4" | "Rust greentic-dist 1.2";

/** This package as it is run: on a Node.js, or as one executable. */
export type OurName = "greentic-dist, Node 24" | "greentic-dist, Node 20" | "greentic-dist, standalone";

/** A peer that is here. */
export interface Peer {
  readonly name: PeerName;
  readonly path: string;
  /** Empty, where it does not say. */
  readonly version: string;
}

/** A way in which this package is run here. */
export interface OurProgram {
  readonly name: OurName;
  /** What it is started with. */
  readonly command: CommandLine;
  /** Of the Node.js under it, or of the executable. */
  readonly version: string;
  /** Path of the Node.js under it. A standalone executable has none. */
  readonly node?: string | undefined;
}

/** What can be measured here. */
export interface Programs {
  readonly ours: readonly OurProgram[];
  readonly peers: ReadonlyMap<PeerName, Peer>;
  /** What is not installed, and what to do about it. */
  readonly absent: readonly string[];
}

interface Lookup {
  readonly file: string;
  /** What makes it say its version. Default: what cargo noted when it installed the program. */
  readonly version?: readonly string[];
  /** What its version must look like, where several programs have one name. */
  readonly is?: RegExp;
  /** Environment variable that holds the path of the program. Default: it is on the PATH. */
  readonly variable?: string;
}

const peers: Readonly<Record<PeerName, Lookup>> = {
  curl: { file: "curl", version: ["--version"] },
  crane: { file: "crane", version: ["version"] },
  oras: { file: "oras", version: ["version"] },
  regctl: { file: "regctl", version: ["version"] },
  skopeo: { file: "skopeo", version: ["--version"] },
  "Rust greentic-dist 0.4": { file: "greentic-dist", is: /^0\.4\./, variable: "GREENTIC_DIST_RUST_0_4" },
  "Rust greentic-dist 1.2": { file: "greentic-dist", is: /^1\.2\./, variable: "GREENTIC_DIST_RUST_1_2" },
};

/** Looks for all of them. */
export function findPrograms(env: NodeJS.ProcessEnv): Programs {
  const absent: string[] = [];
  const found = new Map<PeerName, Peer>();
  for (const name of Object.keys(peers) as PeerName[]) {
    const peer = findPeer(name, env);
    if (peer !== undefined) found.set(name, peer);
    else absent.push(`${name} (bench/peers.md)`);
  }
  const ours = [
    onNode(
      "greentic-dist, Node 24",
      projectPath("test/runtimes/node_modules/node-24/bin/node"),
      process.execPath,
    ),
    onNode("greentic-dist, Node 20", process.execPath),
    standalone(projectPath("build/standalone/greentic-dist")),
  ];
  if (ours[0] === undefined) absent.push("Node.js 24 (npm ci --prefix test/runtimes)");
  if (ours[1] === undefined) absent.push("Node.js 20 (run the bench on it)");
  if (ours[2] === undefined) absent.push("the standalone executable (npm run build:standalone)");
  return { ours: ours.filter((one) => one !== undefined), peers: found, absent };
}

function findPeer(name: PeerName, env: NodeJS.ProcessEnv): Peer | undefined {
  const { file, version: args, is = /^/, variable = "" } = peers[name];
  const named = env[variable];
  const folders = (env["PATH"] ?? "").split(delimiter);
  const candidates = named === undefined ? folders.map((folder) => join(folder, file)) : [named];
  for (const path of candidates.filter(isExecutable)) {
    const version = args === undefined ? versionOfCargo(path) : versionOf([path, ...args]);
    if (is.test(version) || named !== undefined) return { name, path, version };
  }
  return undefined;
}

function onNode(name: OurName, ...paths: readonly string[]): OurProgram | undefined {
  const node = paths.find(
    (path) => existsSync(path) && `v${versionOf([path, "--version"])}`.startsWith(majorOf(name)),
  );
  if (node === undefined) return undefined;
  const command = [node, projectPath("dist/cli/main.cjs")] as const;
  return { name, command, version: versionOf([node, "--version"]), node };
}

const majorOf = (name: OurName): string => name.replace("greentic-dist, Node ", "v");

function standalone(path: string): OurProgram | undefined {
  if (!existsSync(path)) return undefined;
  return { name: "greentic-dist, standalone", command: [path], version: versionOf([path, "--version"]) };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first thing in its answer that looks like a version; of a program that does not say, the empty text. */
function versionOf([program, ...args]: CommandLine): string {
  const { stdout } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return /\d+\.\d+\.\d+\S*/.exec(stdout ?? "")?.[0] ?? "";
}

/** Not all programs in Rust say their version, but cargo writes it down. */
function versionOfCargo(path: string): string {
  const record = join(dirname(path), "../.crates.toml");
  const text = existsSync(record) ? readFileSync(record, "utf8") : "";
  return /^"greentic-distributor-client (\S+)/m.exec(text)?.[1] ?? "";
}
