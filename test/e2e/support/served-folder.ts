import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import { bytesOf, smallComponent } from "../../support/artifacts.ts";
import { startDev } from "../../support/dev-process.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** The bytes that {@link openServedFolder} serves, by their reference. */
export const servedBytes: Readonly<
  Record<`components/hello:${"1.0.0" | "1.9.0" | "latest"}` | "packs/tools:0.1.0", Uint8Array>
> = {
  "components/hello:1.0.0": smallComponent,
  "components/hello:1.9.0": bytesOf(1000, "other"),
  "components/hello:latest": smallComponent,
  "packs/tools:0.1.0": Buffer.concat([Buffer.from("PK\u0003\u0004"), bytesOf(3_000_000, "pack")]),
};

/** Beside version 1.9.0 of the component. */
export const servedManifest: Uint8Array = new TextEncoder().encode('{"name":"hello"}');

/** The tags of `components/hello`. */
export const servedTags: readonly string[] = ["1.0.0", "1.10.0", "1.9.0", "latest"];

/** A folder that `greentic-dist dev` serves, for programs that are not ours. */
export interface ServedFolder extends AsyncDisposable {
  /** Where everybody may ask. */
  readonly host: string;
  /** Where the token is needed. */
  readonly closedHost: string;
  readonly token: string;
  /** A path for what a program brings. */
  readonly pathOf: (name: string) => string;
  /** What a program prints; it must end with 0. */
  readonly run: (program: string, ...args: readonly string[]) => Promise<string>;
}

/** One for all tests of a file, there while they run. */
export function useServedFolder(): () => ServedFolder {
  let served: ServedFolder | undefined;
  beforeAll(async () => {
    served = await openServedFolder();
  });
  afterAll(async () => served?.[Symbol.asyncDispose]());
  return () => {
    if (served === undefined) throw new TypeError("nothing is served before the tests run");
    return served;
  };
}

/** Serves components in both layouts and a pack, twice: for everybody, and for who has the token. */
async function openServedFolder(): Promise<ServedFolder> {
  const token = "canary-token";
  const dir = await tempDir();
  const pathOf = (name: string): string => join(dir.path, name);
  for (const folder of ["components/hello/1.9.0", "packs"]) await mkdir(pathOf(folder), { recursive: true });
  await writeFile(pathOf("components/hello-1.0.0.wasm"), servedBytes["components/hello:1.0.0"]);
  await writeFile(pathOf("components/hello/1.9.0/component.wasm"), servedBytes["components/hello:1.9.0"]);
  await writeFile(pathOf("components/hello/1.9.0/component.manifest.json"), servedManifest);
  await writeFile(pathOf("components/hello-1.10.0.wasm"), servedBytes["components/hello:latest"]);
  await writeFile(pathOf("packs/tools-0.1.0.gtpack"), servedBytes["packs/tools:0.1.0"]);
  const open = await startDev(["--root", dir.path, "--quiet"]);
  const closed = await startDev(["--root", dir.path, "--quiet"], { GREENTIC_DIST_DEV_TOKEN: token });
  const env = { PATH: process.env["PATH"], HOME: dir.path };
  return {
    host: new URL(open.url).host,
    closedHost: new URL(closed.url).host,
    token,
    pathOf,
    run: async (program, ...args) =>
      (await promisify(execFile)(program, args, { env, maxBuffer: 1 << 24 })).stdout,
    async [Symbol.asyncDispose]() {
      for (const served of [open, closed]) await served[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** The SHA-256 of bytes, in hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
