import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { servedBytes, servedManifest, servedTags, sha256, useServedFolder } from "./support/served-folder.ts";

const served = useServedFolder();

const oras = (command: string, ...args: readonly string[]): Promise<string> =>
  served().run("oras", ...command.split(" "), "--plain-http", ...args);

test("oras lists repositories and tags, and finds no referrers", async () => {
  const repositories = await oras("repo ls", served().host);
  expect(repositories.trim().split("\n")).toEqual(["components/hello", "packs/tools"]);
  const listed = await oras("repo tags", `${served().host}/components/hello`);
  expect(listed.trim().split("\n")).toEqual(servedTags);
  const found = await oras("discover", "--format", "json", `${served().host}/components/hello:latest`);
  expect(JSON.parse(found)).toMatchObject({ referrers: [] });
});

test.each(Object.entries(servedBytes))("oras pulls %s, under its name", async (reference, bytes) => {
  const to = served().pathOf(`oras-${reference.replaceAll(/\W/g, "-")}`);
  await oras("pull", `${served().host}/${reference}`, "-o", to);
  const name = reference.startsWith("packs/") ? "tools.gtpack" : "hello.wasm";
  expect(sha256(await readFile(join(to, name)))).toBe(sha256(bytes));
  if (!reference.endsWith(":1.9.0")) return;
  expect(await readFile(join(to, "component.manifest.json"))).toEqual(Buffer.from(servedManifest));
});

test("oras pulls with the token as password", async () => {
  const to = served().pathOf("oras-closed");
  await oras(
    "pull",
    "-u",
    "any",
    "-p",
    served().token,
    `${served().closedHost}/components/hello:latest`,
    "-o",
    to,
  );
  expect(sha256(await readFile(join(to, "hello.wasm")))).toBe(sha256(servedBytes["components/hello:latest"]));
});
