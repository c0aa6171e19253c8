import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { useRoundTrips } from "./support/round-trips.ts";

const trips = useRoundTrips();

test("crane pulls what we push, and we copy and load its folder, byte for byte", async () => {
  const { host, ours, run, manifest, digest, wasm } = trips();
  expect(await run("crane", "manifest", `${host}/pushed:1.0`)).toBe(await manifest("pushed:1.0"));
  await run("crane", "pull", "--format", "oci", `${host}/pushed:1.0`, "written");
  expect(await ours.run(["copy", `oci-layout:written@${digest}`, `${host}/back:1.0`])).toMatchObject({
    code: 0,
    stdout: `${digest}\n`,
  });
  expect(await manifest("back:1.0")).toBe(await manifest("pushed:1.0"));
  expect(await ours.run(["load", "written", "--cache-dir", "far"])).toMatchObject({ code: 0 });
  const pulled = await ours.run(["--offline", "pull", digest, "--cache-dir", "far"]);
  const [path = ""] = pulled.stdout.trim().split(" ").slice(-1);
  expect(wasm.equals(await readFile(resolve(ours.directory, path)))).toBe(true);
});

test("crane pushes our folder, and we pull that", async () => {
  const { host, ours, run, manifest, wasm } = trips();
  expect(await ours.run(["copy", `${host}/pushed:1.0`, "oci-layout:ours:1.0"])).toMatchObject({ code: 0 });
  await run("crane", "push", "ours", `${host}/theirs:1.0`);
  expect(await manifest("theirs:1.0")).toBe(await manifest("pushed:1.0"));
  const pulled = await ours.run(["pull", `${host}/theirs:1.0`]);
  expect(pulled).toMatchObject({ code: 0 });
  expect(wasm.equals(await readFile(pulled.stdout.trim().split(" ").at(-1) ?? ""))).toBe(true);
});
