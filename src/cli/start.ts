import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import { type Environment, userCaches } from "../client/index.ts";
import { keepPrivate, readPrivate } from "./private-file.ts";
import type { main } from "./program.ts";

/** The digest of program.cjs, in hex; the build puts it here. */
declare const PROGRAM_DIGEST: string;

/**
 * Runs the program, with what V8 compiled of it in an earlier run: compiling it anew takes half as long as Node takes to
 * start. A pull of something cached keeps that, for its user alone, in the user's caches.
 * @param name what the program was called
 */
export async function start(name: string): Promise<void> {
  const path = join(import.meta.dirname, "program.cjs");
  const folder = compiledFolder(process.env);
  if (folder === undefined) {
    await mainOf(require(path))(name);
    return;
  }
  // Two builds of one version may compile otherwise.
  const { size, mtimeMs } = statSync(process.execPath);
  const file = `${PROGRAM_DIGEST}-${process.version}-${process.arch}-${size}-${mtimeMs}`;
  const cachedData = readPrivate(folder, file);
  const source = `(function (exports, require, module) { ${readFileSync(path, "latin1")}\n})`;
  const script = new Script(source, { filename: path, cachedData });
  const evaluate: unknown = script.runInThisContext();
  // Node's own way to let a file be loaded by something else. The built-in `module` would cost as much as it gains.
  require.extensions[".cjs"] = (module) => {
    if (typeof evaluate !== "function") throw new TypeError(`${path} is no module`);
    Reflect.apply(evaluate, module.exports, [module.exports, (id: string) => module.require(id), module]);
  };
  const program = mainOf(require(path));
  delete require.extensions[".cjs"];
  const loaded = Object.keys(require.cache).length;
  const exitCode = await program(name);
  if (cachedData !== undefined && script.cachedDataRejected !== true) return;
  // What it compiled serves other commands too; what more they compile would be in the way of a pull.
  const isTypical = process.argv.includes("pull") && Object.keys(require.cache).length === loaded;
  if (exitCode === 0 && isTypical) keepPrivate(folder, file, script.createCachedData());
}

function mainOf(program: unknown): typeof main {
  if (typeof program === "object" && program !== null && "main" in program && isMain(program.main)) {
    return program.main;
  }
  throw new TypeError("the program has no main function");
}

function isMain(value: unknown): value is typeof main {
  return typeof value === "function";
}

/**
 * Where it is kept: not beside the artifacts, for those may be carried to other machines, and are verified there; this is
 * code that is run. `undefined` where nobody can say who owns a folder, where the user wants none of it, and where Node
 * was given options, many of which change what V8 compiles.
 */
function compiledFolder(env: Environment): string | undefined {
  const isPlain = process.execArgv.length === 0 && (env["NODE_OPTIONS"] ?? "") === "";
  const unwanted = ["NODE_DISABLE_COMPILE_CACHE", "NODE_V8_COVERAGE"];
  if (!isPlain || unwanted.some((name) => (env[name] ?? "") !== "")) return undefined;
  const caches = process.platform === "win32" ? undefined : userCaches(env, process.platform);
  return caches && join(caches, "greentic-dist");
}
