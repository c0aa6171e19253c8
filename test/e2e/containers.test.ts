import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { inOwnMounts } from "../support/missing-tools.ts";
import { projectPath } from "../support/project-path.ts";
import { startRegistry } from "../support/registry.ts";
import { createCommand, hashFile } from "./support/command.ts";

/** The command lines of `docs/containers.md`, in their order, as arguments. */
async function documented(to: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(projectPath("docs/containers.md"), "utf8");
  return [...text.matchAll(/^(?:RUN |- run: )?greentic-dist (.*)$/gm)].map(([, line = ""]) =>
    line.replaceAll("/opt/greentic", to).split(" "),
  );
}

test("the documentation's commands warm a folder, and serve it from a copy on a read-only mount", async () => {
  await using registry = await startRegistry();
  await using command = await createCommand();
  const { directory } = command;
  const to = join(directory, "opt/greentic");
  const pushed = pushComponent(registry, { repository: "a/b", tag: "1", wasm: bytesOf(5000, "baked") });
  await command.run(["lock", "create", pushed.reference, "-o", "pack.lock.json"]);
  const [warm = [], offline = [], tiered = [], ...ci] = await documented(to);
  expect([warm[0], offline[0], tiered[0], ci.length]).toEqual(["warm", "--offline", "--cache-from", 2]);
  const warmed = await command.run(warm);
  expect(warmed).toMatchObject({ code: 0 });
  expect(warmed.stdout).toMatch(/^sha256:[0-9a-f]{64} \/.*\n$/);
  const elsewhere = join(directory, "layer");
  await cp(to, elsewhere, { recursive: true, verbatimSymlinks: true });
  await rm(to, { recursive: true });
  await mkdir(to);
  await rm(command.cache, { recursive: true, force: true });
  registry.clearLog();
  // The layer of an image: it lies where it is wanted, and cannot be written.
  const mount = `mount --bind "${elsewhere}" "${to}"; mount -o remount,bind,ro "${to}"; exec "$@"`;
  const through = [...inOwnMounts, "sh", "-ec", mount, "sh"];
  expect(await command.run(offline, { through })).toMatchObject({
    code: 0,
    stdout: warmed.stdout,
    stderr: "",
  });
  expect(registry.requests).toEqual([]);
  const pulled = await command.run(tiered, { through });
  expect(pulled).toMatchObject({ code: 0 });
  const path = pulled.stdout.trim().split(" ")[1]!;
  expect([path.startsWith(command.cache), await hashFile(path)]).toEqual([true, pushed.contentDigest]);
  const env = { GREENTIC_DIST_CACHE_FROM: elsewhere, GREENTIC_DIST_OFFLINE: "1" };
  await rm(command.cache, { recursive: true });
  expect(await command.run(["pull", pushed.manifestDigest], { env })).toMatchObject({ code: 0, stderr: "" });
  for (const args of ci) expect(await command.run(args)).toMatchObject({ code: 0 });
  expect(registry.requests).toEqual([]);
});

test("warm needs a lock, and says what is wrong with what it is given", async () => {
  await using command = await createCommand();
  expect(await command.run(["warm"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--lock") });
  await writeFile(join(command.directory, "bad.json"), "{");
  expect(await command.run(["warm", "--lock", "bad.json", "--to", "out"])).toMatchObject({ code: 2 });
});
