import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { missingProgram } from "./servers.ts";

/** Runs Debian's `skopeo`, which trusts whatever it copies: nothing here is signed. */
export async function skopeo(...args: readonly string[]): Promise<void> {
  await promisify(execFile)("skopeo", ["--insecure-policy", ...args]).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT" ? missingProgram("skopeo", error) : error;
    },
  );
}

/** Copies an artifact, or an index with all that it lists, from one plain-http registry to another. */
export async function skopeoCopy(from: string, to: string, options: readonly string[] = []): Promise<void> {
  const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  await skopeo(
    "copy",
    "--all",
    "--preserve-digests",
    ...insecure,
    ...options,
    `docker://${from}`,
    `docker://${to}`,
  );
}
