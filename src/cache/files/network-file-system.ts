import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { ifPresent } from "./io-errors.ts";

/** What Linux calls file systems that several machines share (statfs(2)). */
const sharedTypes: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xfe534d42, // SMB2
  0xff534d42, // CIFS
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x5346414f, // AFS
  0x73757245, // Coda
]);

/** The type of the file system that a path lies on, or will lie on, as Linux numbers them. */
export async function fileSystemType(path: string): Promise<number> {
  const found = await ifPresent(stateOf(path));
  return found !== undefined || dirname(path) === path ? (found?.type ?? 0) : fileSystemType(dirname(path));
}

async function stateOf(path: string): Promise<{ readonly type: number }> {
  return statfsSync(path);
}

/** Whether a file system of this type is shared by several machines. Elsewhere than on Linux none is known to be. */
export function isNetworkType(type: number): boolean {
  return sharedTypes.has(type);
}
