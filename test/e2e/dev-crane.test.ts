import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { servedBytes, servedManifest, servedTags, sha256, useServedFolder } from "./support/served-folder.ts";

const served = useServedFolder();

const crane = async (...args: readonly string[]): Promise<string> =>
  (await served().run("crane", ...args)).trim();

test("crane lists repositories and tags", async () => {
  expect((await crane("catalog", served().host)).split("\n")).toEqual(["components/hello", "packs/tools"]);
  expect((await crane("ls", `${served().host}/components/hello`)).split("\n")).toEqual(servedTags);
});

test.each(Object.entries(servedBytes))(
  "crane finds that the digests of %s are right, and pulls it",
  async (reference, bytes) => {
    const digest = await crane("digest", `${served().host}/${reference}`);
    const to = served().pathOf(`crane-${reference.replaceAll(/\W/g, "-")}`);
    await crane("pull", "--format", "oci", `${served().host}/${reference}`, to);
    const index = JSON.parse(await readFile(join(to, "index.json"), "utf8")) as {
      readonly manifests: readonly { readonly digest: string }[];
    };
    expect(index.manifests[0]?.digest).toBe(digest);
    const blobs = reference.endsWith(":1.9.0") ? [bytes, servedManifest] : [bytes];
    for (const blob of blobs) {
      expect(sha256(await readFile(join(to, "blobs/sha256", sha256(blob))))).toBe(sha256(blob));
    }
  },
);
