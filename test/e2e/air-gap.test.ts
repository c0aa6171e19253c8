import { execFile } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { inNoNetwork } from "../support/missing-tools.ts";
import { projectPath } from "../support/project-path.ts";
import { startRegistry } from "../support/registry.ts";
import { createCommand } from "./support/command.ts";

/** Runs the component that is named first in a folder that is named second, as a runner of components would. */
const runner = `
  import { mkdir, writeFile } from "node:fs/promises";
  import { join } from "node:path";
  import { transpile } from "@bytecodealliance/jco-transpile";
  const [path, folder] = process.argv.slice(1);
  const { files } = await transpile(path, { name: "hello" });
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  const { greet } = await import(join(folder, "hello.js"));
  process.stdout.write(greet("air gap"));
`;

test("a locked component is saved, carried to where there is no network at all, loaded, pulled by the lock, and run", async () => {
  await using registry = await startRegistry();
  await using near = await createCommand();
  await using far = await createCommand();
  const hello = pushComponent(registry, { repository: "acme/hello", tag: "1.0.0", wasm: smallComponent });
  const range = hello.reference.replace(":1.0.0", ":^1");
  await near.run(["lock", "create", range, "-o", "pack.lock.json"]);
  expect(await near.run(["save", "--lock", "pack.lock.json", "-o", "bundle.tar"])).toMatchObject({ code: 0 });
  await copyFile(join(near.directory, "bundle.tar"), join(far.directory, "bundle.tar"));
  registry.clearLog();
  const there = { through: inNoNetwork };
  expect(await far.run(["pull", hello.reference, "--retries", "0"], there)).toMatchObject({ code: 7 });
  const load = ["load", "bundle.tar", "--lock-out", "pack.lock.json"];
  expect(await far.run(load, there)).toMatchObject({ code: 0 });
  const pulled = await far.run(["--offline", "pull", "--lock", "pack.lock.json"], there);
  const path = far.componentOf(hello.manifestDigest);
  expect(pulled).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(path) });
  const [unshare = "", ...words] = inNoNetwork;
  const node = [process.execPath, "--input-type=module", "-e", runner, path, join(far.directory, "hello")];
  const ran = await promisify(execFile)(unshare, [...words, ...node], { cwd: projectPath(".") });
  expect(ran).toEqual({ stdout: "Hello, air gap!", stderr: "" });
  expect(registry.connections).toBe(0);
});
