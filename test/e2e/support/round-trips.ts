import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect } from "vitest";
import { bytesOf } from "../../support/artifacts.ts";
import { type RunningServer, startDockerRegistry } from "../../support/servers.ts";
import { type Command, createCommand } from "./command.ts";

/** What goes from us to a program that is not ours, and back: a component in a registry that is nobody's. */
export interface RoundTrips {
  /** The registry. */
  readonly host: string;
  readonly ours: Command;
  /** `hello.wasm`, in our working directory. */
  readonly wasm: Buffer;
  /** Of its manifest, as we pushed it to `HOST/pushed:1.0`. */
  readonly digest: string;
  /** What another program prints, run in our working directory; it must end with 0. */
  readonly run: (program: string, ...args: readonly string[]) => Promise<string>;
  /** The bytes of a manifest, as the registry has them: `REPOSITORY:TAG`. */
  readonly manifest: (name: string) => Promise<string>;
}

/** One for all tests of a file, there while they run. */
export function useRoundTrips(): () => RoundTrips {
  let registry: RunningServer | undefined;
  let ours: Command | undefined;
  let trips: RoundTrips | undefined;
  beforeAll(async () => {
    registry = await startDockerRegistry();
    ours = await createCommand();
    trips = await begin(registry, ours);
  });
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await ours?.[Symbol.asyncDispose]();
  });
  return () => {
    if (trips === undefined) throw new TypeError("nothing is there before the tests run");
    return trips;
  };
}

async function begin({ url }: RunningServer, ours: Command): Promise<RoundTrips> {
  const { host } = new URL(url);
  const { directory: cwd } = ours;
  const wasm = Buffer.concat([
    Buffer.from("0061736d0d000100", "hex"),
    componentSection(bytesOf(300_000, "hello")),
  ]);
  await writeFile(join(cwd, "hello.wasm"), wasm);
  const pushed = await ours.run(["push", "hello.wasm", `${host}/pushed:1.0`]);
  expect(pushed).toMatchObject({ code: 0 });
  const [digest = ""] = pushed.stdout.split("\n");
  const env = { PATH: process.env["PATH"], HOME: cwd };
  return {
    host,
    ours,
    wasm,
    digest,
    run: async (program, ...args) =>
      (await promisify(execFile)(program, args, { cwd, env, maxBuffer: 1 << 24 })).stdout,
    manifest: async (name) => {
      const [repository, tag] = name.split(":");
      const headers = { accept: "application/vnd.oci.image.manifest.v1+json" };
      const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, { headers });
      expect(answer.status).toBe(200);
      return answer.text();
    },
  };
}

/** A custom section, of which a component may have any. */
function componentSection(content: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from([1]), Buffer.from("x"), content]);
  const length: number[] = [];
  for (let left = body.length; left > 0; left >>>= 7) length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  return Buffer.concat([Buffer.from([0, ...length]), body]);
}
