import { spawn } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { canary, canaryLogin, canaryTraces, plantCanaries } from "../support/canary.ts";
import type { RunResult } from "../support/cli.ts";
import { requireBasic } from "../support/registry-auth.ts";
import { startRegistry } from "../support/registry.ts";
import { missingProgram } from "../support/servers.ts";
import { commandLine } from "../support/command-line.ts";
import { type Command, createCommand } from "./support/command.ts";

/** Everything in the folders of a cache, names included. */
async function everythingBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "latin1")));
  return [...entries.map(({ name }) => name), ...texts].join("\n");
}

/** A file of /proc; empty when the process has gone. */
const read = (path: string): Promise<string> => readFile(`/proc/${path}`, "latin1").catch(() => "");

/**
 * The command lines of a process and of those that it starts, and the environments of its helpers, while it runs.
 * @param onHelper called when a helper was seen
 */
async function watchProcesses(
  pid: number,
  seen: Set<string>,
  signal: AbortSignal,
  onHelper: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const children = (await read(`${pid}/task/${pid}/children`)).split(" ").filter((child) => child !== "");
    for (const process of [String(pid), ...children]) {
      const cmdline = await read(`${process}/cmdline`);
      seen.add(cmdline);
      // Until it is the helper's program, a new process is a copy of ours.
      if (!cmdline.includes("docker-credential-")) continue;
      seen.add(await read(`${process}/environ`));
      await onHelper();
    }
    await sleep(2);
  }
}

test("with a secret in every source, none is in output, cache, command lines, or a helper's environment", async () => {
  await using registry = await startRegistry({ wrap: requireBasic(canaryLogin) });
  await using command = await createCommand();
  const { reference } = pushComponent(registry, { repository: "a/b", tag: "1.0", wasm: smallComponent });
  const { host } = registry;
  const places = {
    home: command.directory,
    host,
    namespace: "a",
    // Nobody would see it otherwise on a machine that has no time to look.
    before: 'env > "$dir/env"; until [ -e "$dir/seen" ]; do sleep 0.05; done',
  };
  const planted = await plantCanaries({ ...places, own: canaryLogin });
  const env = { ...planted.env, GREENTIC_DIST_CACHE_DIR: command.cache };
  const said: string[] = [];
  const seen = new Set<string>();
  const run = async (args: readonly string[], input = ""): Promise<RunResult> => {
    const result = await command.run(args, { env, input });
    said.push(result.stdout, result.stderr);
    return result;
  };

  const [program, ...words] = commandLine();
  const child = spawn(program, [...words, "pull", reference, "--verbose"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = new AbortController();
  const onHelper = (): Promise<void> => writeFile(join(command.directory, "seen"), "");
  const watching = watchProcesses(child.pid ?? 0, seen, stop.signal, onHelper);
  expect(await ended).toBe(0);
  stop.abort();
  await watching;
  expect([...seen].join("\n")).toContain("docker-credential-kept\0get");

  expect(await run(["pull", reference, "--json", "--progress", "json"])).toMatchObject({ code: 0 });
  expect(await run(["auth", "status", host])).toMatchObject({ code: 0 });
  expect(await run(["auth", "status", "--json"])).toMatchObject({ code: 0 });
  await plantCanaries(places);
  for (const more of [["--verbose"], ["--json"], ["--progress", "json"]]) {
    expect(await run(["pull", `${host}/a/c:1`, ...more])).toMatchObject({ code: 5, stdout: "" });
  }
  expect(
    await run(["auth", "login", host, "-u", "x", "--password-stdin", "--verbose"], `${canary}-in`),
  ).toMatchObject({ code: 5 });
  expect(await run(["auth", "login", host, "-u", "x", "--token", `${canary}-in`, "--json"])).toMatchObject({
    code: 5,
  });
  expect(await run(["auth", "login", "acme", "--password-stdin"], `${canary}-in`)).toMatchObject({ code: 0 });
  expect(await run(["auth", "logout", host])).toMatchObject({ code: 0 });

  const written = {
    output: said.join("\n"),
    cache: await everythingBelow(command.cache),
    processes: [...seen].join("\n"),
    helper: await readFile(planted.helper.seenEnv, "utf8"),
  };
  expect(written.output).toContain("ada");
  expect(written.helper).toContain(`HOME=${command.directory}`);
  for (const [place, text] of Object.entries(written)) {
    const found = canaryTraces.filter((trace) => text.includes(trace));
    expect({ place, found }).toEqual({ place, found: [] });
  }
});

/** Runs the command on a terminal, and types each answer when its question is there. */
async function converse(
  { directory }: Command,
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<{ readonly code: unknown; readonly screen: string }> {
  const words = [...commandLine(), ...args].join(" ");
  const child = spawn("script", ["-qec", words, "/dev/null"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: directory, TERM: "xterm" },
  });
  let screen = "";
  const left = [...answers];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    const [next] = left;
    if (next === undefined || !screen.includes(next[0])) return;
    left.shift();
    child.stdin.write(next[1]);
  });
  const code = await new Promise((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", (error) => reject(missingProgram("script", error, "bsdutils")));
  });
  return { code, screen };
}

test("a terminal is asked for user name and password, and does not show the password", async () => {
  await using registry = await startRegistry({ wrap: requireBasic(canaryLogin) });
  await using command = await createCommand();
  const { code, screen } = await converse(
    command,
    ["auth", "login", registry.host],
    [
      ["Username: ", "adax\u007f\r"],
      ["Password for", `${canaryLogin.password}y\u007f\r`],
    ],
  );
  expect(code).toBe(0);
  expect(screen).toContain(`Password for ${registry.host}: \r\n`);
  expect(screen).toContain(`saved the login of ada for ${registry.host}`);
  expect(screen).not.toContain(canary);
});

test("Ctrl-C at the question ends with 130, and nothing is saved", async () => {
  await using command = await createCommand();
  const { code, screen } = await converse(
    command,
    ["auth", "login", "acme"],
    [["Token for tenant acme: ", "abc\u0003"]],
  );
  expect(code).toBe(130);
  expect(stripVTControlCharacters(screen)).toContain("error: stopped before it was done");
  expect(await readdir(command.directory)).not.toContain(".config");
});
