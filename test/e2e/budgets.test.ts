import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { bytesOf, pushComponent, smallComponent } from "../support/artifacts.ts";
import { testedNode } from "../support/command-line.ts";
import { type Counts, countCalls } from "../support/count-calls.ts";
import { projectPath } from "../support/project-path.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand } from "./support/command.ts";

/** What a command may cost. A twentieth more is none: paths have other lengths, and downloads meet differently, each time. */
type Budget = Counts & { readonly requests: number; readonly connections: number };
type Budgets = Readonly<Record<string, Budget>>;

const major = /^v(\d+)/.exec(spawnSync(testedNode, ["--version"], { encoding: "utf8" }).stdout)?.[1] ?? "";
const file = projectPath(`test/budgets/node-${major}.json`);
const isWriting = process.env["GREENTIC_DIST_BUDGETS"] === "write";
const budgets = await readFile(file, "utf8").then(
  (text) => JSON.parse(text) as Budgets,
  () => undefined,
);

test.skipIf(budgets === undefined && !isWriting)(
  `no command asks more of the system than its budget allows, on Node ${major}`,
  async () => {
    const counted = await countAll();
    if (isWriting) await writeFile(file, `${JSON.stringify(counted, null, 2)}\n`);
    const allowed = isWriting ? counted : budgets;
    const overspent = Object.entries(counted).flatMap(([name, budget]) =>
      whatIsMore(name, budget, allowed?.[name]),
    );
    expect(overspent).toEqual([]);
  },
);

/** What is more than the budget, as `warm pull by digest: opens 41 > 38`. */
function whatIsMore(name: string, counted: Budget, allowed: Budget | undefined): readonly string[] {
  if (allowed === undefined) return [`${name} has no budget. ${howToUpdate}`];
  return (Object.keys(counted) as (keyof Budget)[]).flatMap((key) => {
    const limit = Math.floor(allowed[key] * 1.05);
    return counted[key] > limit ? [`${name}: ${key} ${counted[key]} > ${limit}. ${howToUpdate}`] : [];
  });
}

const howToUpdate = "If that is meant: npm run budgets";

async function countAll(): Promise<Budgets> {
  await using registry = await startRegistry();
  await using command = await createCommand();
  const one = pushComponent(registry, { repository: "budgets/one", tag: "1", wasm: smallComponent });
  const pinned = one.reference.replace(":1", `@${one.manifestDigest}`);
  const lock = join(command.directory, "lock.json");
  const entries = Array.from({ length: 20 }, (_, index) => {
    const wasm = Buffer.concat([smallComponent.subarray(0, 8), bytesOf(20 * 1024, index)]);
    const { reference, manifestDigest } = pushComponent(registry, {
      repository: `budgets/n${index}`,
      tag: "1",
      wasm,
    });
    return { name: `n${index}`, reference, digest: manifestDigest };
  });
  await writeFile(lock, JSON.stringify({ schema_version: 1, components: entries }));
  const count = (args: readonly string[]): Promise<Budget> => countOne(registry, command, args);

  const version = await count(["--version"]);
  const cold = await count(["pull", pinned]);
  await rm(command.cache, { recursive: true });
  const coldLock = await count(["pull", "--lock", lock]);
  await command.run(["pull", one.reference]);
  // A file that has just been made is hashed once more before the cache trusts what it noted of it.
  await sleep(2_100);
  await command.run(["pull", one.manifestDigest]);
  await command.run(["pull", "--lock", lock]);
  return {
    "--version": version,
    "cold pull by digest": cold,
    "cold pull of a lockfile of 20": coldLock,
    "warm pull by digest": await count(["pull", one.manifestDigest]),
    "warm pull of a lockfile of 20": await count(["pull", "--lock", lock]),
    "pull of a tag that is remembered": await count(["pull", one.reference]),
    "cache ls of 21": await count(["cache", "ls"]),
  };
}

async function countOne(registry: Registry, command: Command, args: readonly string[]): Promise<Budget> {
  registry.clearLog();
  const env = { GREENTIC_DIST_CACHE_DIR: command.cache, HOME: command.directory };
  const { counts } = await countCalls(args, { cwd: command.directory, env });
  return { ...counts, requests: registry.requests.length, connections: registry.connections };
}
