import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { lstat, readFile } from "node:fs/promises";
import { type CachedArtifact, DistClient, isDistError } from "../../src/index.ts";
import { type CacheStep, takeStep } from "./cache-step.ts";
import { installFailPoints } from "./fail-points.ts";
import { seededRandom } from "./fuzzed-responses.ts";

/** What a worker does that is given it as JSON in its first argument; it then writes the names of its calls. */
export interface Work {
  readonly root: string;
  readonly step: CacheStep;
  /** The folder below which calls are counted. Default: the root. */
  readonly watched?: string | undefined;
  /** Kills the process instead of making the call with this number. */
  readonly killAt?: number | undefined;
}

/** What is wanted, and of which bytes it is. */
export interface Artifact {
  readonly reference: string;
  readonly contentDigest: string;
}

/** What a worker does that is sent it as a message; it then sends a {@link Done}. */
export type Order =
  | { readonly do: "pull"; readonly root: string; readonly artifacts: readonly Artifact[] }
  | {
      readonly do: "soak";
      readonly root: string;
      readonly artifacts: readonly Artifact[];
      readonly seconds: number;
      readonly maxBytes: number;
      readonly seed: number;
    };

/** What came of an {@link Order}. */
export interface Done {
  /** How often what was done. */
  readonly counts: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

type Soak = Extract<Order, { do: "soak" }>;

const openClient = (root: string): DistClient =>
  new DistClient({ cacheDir: root, env: {}, retry: { attempts: 1 } });

async function work({ root, step, watched = root, killAt }: Work): Promise<void> {
  const calls: string[] = [];
  await using client = openClient(root);
  using _ = await installFailPoints(watched, ({ number, name }) => {
    if (number === killAt) process.kill(process.pid, "SIGKILL");
    calls.push(name);
  });
  await takeStep(client, step);
  writeSync(1, JSON.stringify(calls));
}

/** What is wrong with the bytes of what was handed out; `undefined` when they are right. */
async function faultOf(
  held: CachedArtifact,
  { reference, contentDigest }: Artifact,
): Promise<string | undefined> {
  const bytes = await readFile(held.cachePath);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (digest === contentDigest && held.contentDigest === contentDigest) return undefined;
  const { ino, nlink, ctimeMs } = await lstat(held.cachePath);
  const file = { ino, nlink, ageMs: Date.now() - ctimeMs, bytes: bytes.length };
  return `${reference}: expected ${contentDigest}, got ${digest}: ${JSON.stringify({ ...held, file })}`;
}

async function pullAll({ root, artifacts }: Order): Promise<Done> {
  await using client = openClient(root);
  const pulls = artifacts.map(async (artifact) =>
    faultOf(await client.ensureCached(artifact.reference), artifact),
  );
  const right = (await Promise.all(pulls)).filter((fault) => fault === undefined);
  return { counts: { right: right.length }, violations: [] };
}

async function soak(order: Soak): Promise<Done> {
  const { root, artifacts, seconds, maxBytes, seed } = order;
  const random = seededRandom(seed);
  const counts: Record<string, number> = {};
  const violations: string[] = [];
  const end = performance.now() + seconds * 1000;
  await using client = openClient(root);
  const hold = async (artifact: Artifact): Promise<void> => {
    await using held = await client.openCached(artifact.reference);
    for (let i = 0; i < 5; i++) {
      const fault = await faultOf(held, artifact);
      if (fault !== undefined) violations.push(fault);
    }
    await held.bytes();
  };
  while (performance.now() < end) {
    const artifact = artifacts[Math.floor(random() * artifacts.length)];
    if (artifact === undefined) throw new TypeError("nothing to pull");
    const { reference, contentDigest } = artifact;
    const chance = random();
    const [name, act]: readonly [string, () => Promise<unknown>] =
      chance < 0.25
        ? ["pull", () => client.ensureCached(reference)]
        : chance < 0.75
          ? ["hold", () => hold(artifact)]
          : chance < 0.85
            ? ["gc", () => client.gc({ maxBytes, minAgeMs: 0 })]
            : chance < 0.9
              ? ["verify", () => client.verifyCache()]
              : ["rm", () => client.removeCached([contentDigest])];
    counts[name] = (counts[name] ?? 0) + 1;
    try {
      await act();
    } catch (error) {
      const isInUse = isDistError(error, "IO") && error.details.errno === "EBUSY";
      if (isInUse) counts["in use"] = (counts["in use"] ?? 0) + 1;
      else violations.push(`${name}: ${error instanceof Error ? String(error.stack) : "?"}`);
    }
  }
  return { counts, violations };
}

const [, , argument] = process.argv;
if (argument !== undefined) await work(JSON.parse(argument) as Work);
process.on("message", (message) => {
  void answer(message as Order);
});

async function answer(order: Order): Promise<void> {
  const done = await (order.do === "pull" ? pullAll(order) : soak(order)).catch((error: unknown): Done => ({
    counts: {},
    violations: [String(error)],
  }));
  process.send?.(done);
}
