import type { FileHandle } from "node:fs/promises";
import { createRequire, syncBuiltinESMExports } from "node:module";

/** One call of `node:fs/promises`, or of a file that was opened with it. */
export interface FsCall {
  /** Counted from 1. */
  readonly number: number;
  /** As in `rename`, or `handle.write`. */
  readonly name: string;
  readonly path: string;
}

type Call = (...args: unknown[]) => unknown;

/** What of `node:fs/promises` is wrapped; the rest is as good as unused. */
const functions = [
  ["chmod", "copyFile", "link", "lstat", "mkdir", "open", "readFile", "readdir", "readlink"],
  ["rename", "rm", "rmdir", "stat", "symlink", "unlink", "utimes", "writeFile"],
].flat();
const methods = ["chmod", "datasync", "read", "readFile", "stat", "sync", "truncate", "write"];

/** Those whose second argument is the path that they change. */
const targetSecond: ReadonlySet<string> = new Set(["copyFile", "link", "rename", "symlink"]);

/** Until it is disposed of, `onCall` hears of every call below the folder `root` before it is made; what it throws the call throws. */
export async function installFailPoints(root: string, onCall: (call: FsCall) => void): Promise<Disposable> {
  const fs = createRequire(import.meta.url)("node:fs/promises") as Record<string, Call>;
  const probe = (await fs["open"]?.(process.execPath)) as FileHandle;
  const prototype = Object.getPrototypeOf(probe) as Record<string, Call>;
  await probe.close();
  const paths = new WeakMap<object, string>();
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
    wrap(fs, name, (real) => async (...args) => {
      hear(name, args[targetSecond.has(name) ? 1 : 0]);
      const result = await real(...args);
      if (name === "open" && typeof args[0] === "string") follow(result as FileHandle, args[0]);
      return result;
    });
  }
  const follow = (handle: FileHandle, path: string): void => {
    paths.set(handle, path);
    const close = handle.close.bind(handle);
    handle.close = async () => {
      // What cannot be closed is lost to the process all the same.
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
