import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useRoundTrips } from "./support/round-trips.ts";

const trips = useRoundTrips();

test("wkg pulls what we push, byte for byte", async () => {
  const { host, ours, run, wasm } = trips();
  await run("wkg", "oci", "pull", "--insecure", host, `${host}/pushed:1.0`, "-o", "pulled.wasm");
  expect(wasm.equals(await readFile(join(ours.directory, "pulled.wasm")))).toBe(true);
});

test("wkg finds what we push by package name and version", async () => {
  const { host, ours, run, wasm } = trips();
  expect(await ours.run(["push", "hello.wasm", `${host}/acme/hello:1.2.0`])).toMatchObject({ code: 0 });
  const config = `[namespace_registries]
acme = { registry = "${host}", metadata = { preferredProtocol = "oci", oci = { registry = "${host}" } } }
[registry."${host}".oci]
protocol = "http"
`;
  await writeFile(join(ours.directory, "wkg.toml"), config);
  await run("wkg", "get", "--config", "wkg.toml", "acme:hello", "-o", "./got.wasm");
  expect(wasm.equals(await readFile(join(ours.directory, "got.wasm")))).toBe(true);
});

test("we pull and pin what wkg pushes", async () => {
  const { host, ours, run, wasm } = trips();
  await run("wkg", "oci", "push", "--insecure", host, `${host}/theirs:1.0`, "hello.wasm");
  const pinned = await ours.run(["lock", "create", `oci://${host}/theirs:1.0`, "-o", "pack.lock.json"]);
  expect(pinned).toMatchObject({ code: 0 });
  const pulled = await ours.run(["pull", `${host}/theirs:1.0`]);
  expect(pulled).toMatchObject({ code: 0 });
  expect(wasm.equals(await readFile(pulled.stdout.trim().split(" ").at(-1) ?? ""))).toBe(true);
});
