import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useRoundTrips } from "./support/round-trips.ts";

const trips = useRoundTrips();

test("oras pulls what we push, byte for byte", async () => {
  const { host, ours, run, wasm, manifest } = trips();
  await run("oras", "pull", "--plain-http", `${host}/pushed:1.0`, "-o", "pulled");
  expect(wasm.equals(await readFile(join(ours.directory, "pulled", "hello.wasm")))).toBe(true);
  const fetched = await run("oras", "manifest", "fetch", "--plain-http", `${host}/pushed:1.0`);
  expect(fetched).toBe(await manifest("pushed:1.0"));
});

test("we pull what oras pushes", async () => {
  const { host, ours, run, wasm } = trips();
  const file = "hello.wasm:application/wasm";
  await run(
    "oras",
    "push",
    "--plain-http",
    "--artifact-type",
    "application/wasm",
    `${host}/theirs:1.0`,
    file,
  );
  const pulled = await ours.run(["pull", `${host}/theirs:1.0`]);
  expect(pulled).toMatchObject({ code: 0 });
  expect(wasm.equals(await readFile(pulled.stdout.trim().split(" ").at(-1) ?? ""))).toBe(true);
});

test("oras copies out of our folders and archives, byte for byte", async () => {
  const { host, ours, run, manifest, digest } = trips();
  const from = ["copy", `${host}/pushed:1.0`];
  expect(await ours.run([...from, "oci-layout:ours:1.0"])).toMatchObject({ code: 0 });
  expect(await ours.run(["save", `${host}/pushed:1.0`, "-o", "ours.tar"])).toMatchObject({ code: 0 });
  const sources = ["ours:1.0", `ours.tar@${digest}`];
  for (const [i, source] of sources.entries()) {
    const target = `layout-${i}:1.0`;
    await run("oras", "cp", "--from-oci-layout", source, "--to-plain-http", `${host}/${target}`);
    expect(await manifest(target)).toBe(await manifest("pushed:1.0"));
  }
});

test("we copy and load what oras wrote into a folder", async () => {
  const { host, ours, run, manifest, digest } = trips();
  await run("oras", "cp", "--from-plain-http", `${host}/pushed:1.0`, "--to-oci-layout", "written:1.0");
  expect(await ours.run(["copy", "oci-layout:written:1.0", `${host}/back:1.0`])).toMatchObject({
    code: 0,
    stdout: `${digest}\n`,
  });
  expect(await manifest("back:1.0")).toBe(await manifest("pushed:1.0"));
  const loaded = await ours.run(["load", "written", "--cache-dir", "far"]);
  expect(loaded).toMatchObject({ code: 0, stdout: expect.stringContaining(digest) });
});
