import type { FileHandle } from "node:fs/promises";
import { createRequire, syncBuiltinESMExports } from "node:module";

/** One call of `node:fs/promises` or `node:fs`, or of a file that was opened with them. */
export interface FsCall {
  /** Counted from 1. */
  readonly number: number;
  /** As in `rename`, or `handle.write`: the same for the three ways in which Node offers it. */
  readonly name: string;
  readonly path: string;
}

type Call = (...args: unknown[]) => unknown;

/** What is wrapped, by the names of `node:fs/promises`; the rest is as good as unused. */
const functions = [
  ["chmod", "copyFile", "link", "lstat", "mkdir", "open", "readFile", "readdir", "readlink"],
  ["rename", "rm", "rmdir", "stat", "symlink", "unlink", "utimes", "writeFile"],
].flat();
const methods = ["chmod", "datasync", "read", "readFile", "stat", "sync", "truncate", "write"];

/** What takes a descriptor in `node:fs`, and which method of a file it is. */
const ofDescriptors: readonly (readonly [name: string, method: string])[] = [
  ["fchmodSync", "chmod"],
  ["fdatasync", "datasync"],
  ["fstatSync", "stat"],
  ["fsync", "sync"],
  ["ftruncateSync", "truncate"],
  ["read", "read"],
  ["readSync", "read"],
  ["write", "write"],
  ["writeSync", "write"],
];

/** Those whose second argument is the path that they change. */
const targetSecond: ReadonlySet<string> = new Set(["copyFile", "link", "rename", "symlink"]);

/** Until it is disposed of, `onCall` hears of every call below the folder `root` before it is made; what it throws the call throws. */
export async function installFailPoints(root: string, onCall: (call: FsCall) => void): Promise<Disposable> {
  const require = createRequire(import.meta.url);
  const promises = require("node:fs/promises") as Record<string, Call>;
  const fs = require("node:fs") as Record<string, Call>;
  const probe = (await promises["open"]?.(process.execPath)) as FileHandle;
  const prototype = Object.getPrototypeOf(probe) as Record<string, Call>;
  await probe.close();
  const paths = new WeakMap<object, string>();
  const descriptors = new Map<unknown, string>();
  const undo: (() => void)[] = [];
  let number = 0;
  const hear = (name: string, path: unknown): void => {
    if (typeof path === "string" && path.startsWith(root)) onCall({ number: ++number, name, path });
  };
  const wrap = (target: Record<string, Call>, name: string, make: (real: Call) => Call): void => {
    const real = target[name];
    if (real === undefined) throw new TypeError(`there is no ${name}`);
    target[name] = make(real);
    undo.push(() => (target[name] = real));
  };
  for (const name of functions) {
    const pathIn = (args: readonly unknown[]): unknown => args[targetSecond.has(name) ? 1 : 0];
    wrap(promises, name, (real) => async (...args) => {
      hear(name, pathIn(args));
      const result = await real(...args);
      if (name === "open" && typeof args[0] === "string") follow(result as FileHandle, args[0]);
      return result;
    });
    wrap(fs, `${name}Sync`, (real) => (...args) => {
      hear(name, pathIn(args));
      const result = real(...args);
      if (name === "open" && typeof args[0] === "string") descriptors.set(result, args[0]);
      return result;
    });
  }
  const hearBefore = (
    target: string,
    nameOf: (args: readonly unknown[]) => readonly [string, unknown],
  ): void =>
    wrap(fs, target, (real) => (...args) => {
      const done = args.at(-1);
      try {
        hear(...nameOf(args));
      } catch (error) {
        if (typeof done !== "function") throw error;
        setImmediate(() => (done as Call)(error));
        return undefined;
      }
      return real(...args);
    });
  hearBefore("copyFile", ([, target]) => ["copyFile", target]);
  for (const [name, method] of ofDescriptors) {
    hearBefore(name, ([fd]) => [`handle.${method}`, descriptors.get(fd)]);
  }
  wrap(fs, "closeSync", (real) => (...args) => {
    const path = descriptors.get(args[0]);
    descriptors.delete(args[0]);
    // What cannot be closed is lost to the process all the same.
    real(...args);
    hear("handle.close", path);
  });
  const follow = (handle: FileHandle, path: string): void => {
    paths.set(handle, path);
    const close = handle.close.bind(handle);
    handle.close = async () => {
      await close();
      hear("handle.close", path);
    };
  };
  for (const name of methods) {
    wrap(
      prototype,
      name,
      (real) =>
        async function method(this: object, ...args: unknown[]) {
          hear(`handle.${name}`, paths.get(this));
          return real.apply(this, args);
        },
    );
  }
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      for (const one of undo) one();
      syncBuiltinESMExports();
    },
  };
}
