import { lstatSync } from "node:fs";
import type { Digest } from "../../core/index.ts";
import { verifyBytes } from "../../verify/index.ts";
import { ifPresentSync } from "../files/io-errors.ts";
import { readRegularSync } from "../files/read-file.ts";

/** Whether the regular file at a path has the bytes of a digest. */
export type IsGood = (path: string, digest: Digest) => Promise<boolean>;

/** Files up to this size are hashed at once: to look up what was noted of them takes as long. In bytes. */
const smallBytes = 64 * 1024;

/** For what looks at every file of a cache: larger files are checked by `isGood`, once whatever the number of their names. */
export function createCheck(isGood: IsGood): IsGood {
  const checks = new Map<string, Promise<boolean>>();
  return async (path, digest) => {
    const bytes = readRegularSync(path, smallBytes);
    if (bytes !== undefined)
      return verifyBytes(bytes, { reference: path, maxBytes: smallBytes }).digest === digest;
    const stats = ifPresentSync(() => lstatSync(path, { bigint: true }));
    if (stats === undefined) return false;
    const key = `${stats.dev} ${stats.ino} ${digest}`;
    const check = checks.get(key) ?? isGood(path, digest);
    checks.set(key, check);
    return check;
  };
}
