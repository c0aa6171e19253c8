import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorTable } from "../../src/core/index.ts";
import { isDistError } from "../../src/index.ts";
import { takeStep } from "../support/cache-step.ts";
import { openClient } from "../support/client.ts";
import { type CrashScenario, type CrashScenarios, openCrashScenarios } from "../support/crash-scenarios.ts";
import { type FsCall, installFailPoints } from "../support/fail-points.ts";
import { sampleOf } from "../support/soak.ts";
import { complaintsAbout } from "../support/sound-cache.ts";
import { tempDir } from "../support/temp-dir.ts";

/** How many of all cases the default run takes. */
const sample = 200;

const opening = new Set(["open", "readdir", "copyFile", "readFile", "writeFile"]);
const making = [
  "copyFile",
  "link",
  "mkdir",
  "open",
  "rename",
  "symlink",
  "writeFile",
  "handle.write",
  "handle.sync",
];
const changing = new Set([...making, "chmod", "rm", "rmdir", "utimes", "handle.chmod", "handle.truncate"]);

/** What Linux may answer to a call. */
const errnos: readonly { readonly errno: string; readonly of: (name: string) => boolean }[] = [
  { errno: "EIO", of: () => true },
  { errno: "EACCES", of: (name) => !name.startsWith("handle.") },
  { errno: "EMFILE", of: (name) => opening.has(name) },
  { errno: "ENOSPC", of: (name) => making.includes(name) },
  { errno: "EROFS", of: (name) => changing.has(name) && !name.startsWith("handle.") },
  { errno: "EPERM", of: (name) => changing.has(name) },
  { errno: "EXDEV", of: (name) => ["link", "rename", "copyFile"].includes(name) },
];

interface Case {
  readonly scenario: CrashScenario;
  readonly call: FsCall;
  readonly errno: string;
}

let all: CrashScenarios;
beforeAll(async () => {
  all = await openCrashScenarios();
});
afterAll(() => all[Symbol.asyncDispose]());

/** Does what a scenario says, and returns what went wrong with it. */
async function run(scenario: CrashScenario, root: string, onCall: (call: FsCall) => void): Promise<unknown> {
  await using cache = openClient(root);
  using _ = await installFailPoints(root, onCall);
  try {
    await takeStep(cache.client, scenario.step);
  } catch (error) {
    return error;
  }
  return undefined;
}

async function casesOf(scenario: CrashScenario): Promise<readonly Case[]> {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await scenario.prepare(root);
  const calls: FsCall[] = [];
  expect(await run(scenario, root, (call) => calls.push(call))).toBeUndefined();
  return calls.flatMap((call) =>
    errnos.filter(({ of }) => of(call.name)).map(({ errno }) => ({ scenario, call, errno })),
  );
}

test("whatever call fails with whatever error, nothing wrong is left behind or said", async () => {
  const cases: Case[] = [];
  for (const scenario of all.scenarios) cases.push(...(await casesOf(scenario)));
  const taken = sampleOf(cases, sample);
  const found: string[] = [];
  for (const one of taken) {
    const what = `${one.scenario.name}: ${one.errno} at call ${one.call.number}, ${one.call.name}`;
    found.push(...(await failOnce(one)).map((complaint) => `${what}: ${complaint}`));
  }
  console.log(`${taken.length} of ${cases.length} errors injected`);
  expect(found).toEqual([]);
  expect(cases.length).toBeGreaterThan(2_000);
}, 3_600_000);

async function failOnce({ scenario, call, errno }: Case): Promise<readonly string[]> {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await scenario.prepare(root);
  const error = await run(scenario, root, ({ number, name, path }) => {
    if (number !== call.number) return;
    throw Object.assign(new Error(`${errno}: injected, ${name} '${path}'`), { code: errno });
  });
  const isDocumented =
    error === undefined || (isDistError(error) && error.code in errorTable && error.code !== "INTERNAL");
  return [
    ...(isDocumented ? [] : [inspect(error)]),
    ...(await complaintsAbout(root, scenario.wanted, scenario.isSpoilt)),
  ];
}
