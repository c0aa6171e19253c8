import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOf, type ComponentToPush, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { compose, isBlob, slowDrip } from "../support/faults.ts";
import { seededRandom } from "../support/fuzzed-responses.ts";
import type { Wrap } from "../support/http-server.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { createCommand, hashFile } from "./support/command.ts";

const moments = 50;
/** Pulls that run at a time. */
const width = 3;
const seed = Number(process.env["GREENTIC_DIST_TEST_SEED"] ?? Date.now() % 2 ** 31);

const component: ComponentToPush = {
  repository: "example/killed",
  tag: "1.0",
  wasm: bytesOf(3_000_000, "killed"),
  componentManifest: { artifacts: { component_wasm: "killed.wasm" } },
};

let sound: Registry;
let pushed: PushedComponent;

beforeAll(async () => {
  sound = await startRegistry();
  pushed = pushComponent(sound, component);
});
afterAll(() => sound[Symbol.asyncDispose]());

test(`a pull that is killed at any of ${moments} moments leaves nothing wrong behind (GREENTIC_DIST_TEST_SEED=${seed})`, async () => {
  console.log(`GREENTIC_DIST_TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  const plans = Array.from({ length: moments }, (_, i) => planOf(i, random));
  const killed: boolean[] = [];
  const worker = async (): Promise<void> => {
    for (let plan = plans.pop(); plan !== undefined; plan = plans.pop()) killed.push(await killOnce(plan));
  };
  await Promise.all(Array.from({ length: width }, worker));
  // A kill may come too late, but when most do the test shows nothing.
  expect(killed.filter(Boolean).length).toBeGreaterThan(moments / 2);
});

/** When the pull is killed: so long after its start, or after the server has sent so much of the component. */
interface Plan {
  readonly afterBytes: number | undefined;
  readonly plusMs: number;
}

/** In turn: while node starts and asks, while bytes come, and when all have come. */
function planOf(i: number, random: () => number): Plan {
  const size = component.wasm.length;
  switch (i % 3) {
    case 0:
      return { afterBytes: undefined, plusMs: random() * 300 };
    case 1:
      return { afterBytes: Math.floor(random() * size), plusMs: 0 };
    default:
      return { afterBytes: size, plusMs: random() * 40 };
  }
}

/** Kills a pull and looks at what is left of it. Whether it was killed before its end. */
async function killOnce({ afterBytes, plusMs }: Plan): Promise<boolean> {
  const plan = `${plusMs} ms after ${afterBytes ?? "no"} bytes, seed ${seed}`;
  await using command = await createCommand();
  const stop = new AbortController();
  const killSoon = async (): Promise<void> => {
    if (plusMs > 0) await sleep(plusMs);
    stop.abort();
  };
  await using slow = await startRegistry({
    wrap: compose(
      afterBytes === undefined ? (handler) => handler : onBlobBytes(afterBytes, killSoon),
      slowDrip(isBlob, { bytes: 64 * 1024, everyMs: 1 }),
    ),
  });
  const { reference } = pushComponent(slow, component);
  if (afterBytes === undefined) void killSoon();
  const options = { signal: stop.signal, killSignal: "SIGKILL" } as const;
  const { code, signal } = await command.run(["pull", reference, "--json"], options);
  const ended = signal === null ? [0, null] : [null, "SIGKILL"];
  expect({ plan, ended: [code, signal] }).toEqual({ plan, ended });
  for (const digest of [pushed.manifestDigest, pushed.contentDigest]) {
    const left = await hashFile(command.componentOf(digest));
    expect({ plan, left }).toEqual({ plan, left: left === undefined ? undefined : pushed.contentDigest });
  }
  await expectSoundBlobs(command.cache, plan);
  const next = await command.run(["pull", pushed.reference]);
  expect({ plan, ...next }).toMatchObject({
    plan,
    code: 0,
    stdout: `${command.componentOf(pushed.manifestDigest)}\n`,
  });
  for (const digest of [pushed.manifestDigest, pushed.contentDigest]) {
    const found = await hashFile(command.componentOf(digest));
    expect({ plan, found }).toEqual({ plan, found: pushed.contentDigest });
  }
  return signal === "SIGKILL";
}

/** Calls `then` when that much of the component was sent. The component manifest, which is smaller, does not count. */
function onBlobBytes(bytes: number, then: () => Promise<void>): Wrap {
  return (handler) => async (request) => {
    const response = await handler(request);
    const isComponent = new URL(request.url).pathname.endsWith(pushed.contentDigest);
    if (response.body === null || !isComponent) return response;
    const { body } = response;
    const counted = async function* counted(): AsyncGenerator<Uint8Array> {
      let sent = 0;
      for await (const chunk of body) {
        yield chunk;
        if (sent < bytes && sent + chunk.length >= bytes) void then();
        sent += chunk.length;
      }
      if (bytes === 0) void then();
    };
    return new Response(ReadableStream.from(counted()), response);
  };
}

/** Everything under a name in the store has the bytes of that name. */
async function expectSoundBlobs(cache: string, plan: string): Promise<void> {
  const blobs = join(cache, ".store", "v1", "blobs", "sha256");
  for (const shard of await readdir(blobs).catch(() => [])) {
    for (const hex of await readdir(join(blobs, shard))) {
      const digest = await hashFile(join(blobs, shard, hex));
      expect({ plan, digest }).toEqual({ plan, digest: `sha256:${hex}` });
    }
  }
}
