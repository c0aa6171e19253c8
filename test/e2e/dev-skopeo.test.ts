import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { servedBytes, servedManifest, servedTags, sha256, useServedFolder } from "./support/served-folder.ts";

const served = useServedFolder();

const skopeo = (...args: readonly string[]): Promise<string> =>
  served().run("skopeo", "--insecure-policy", ...args);
const copy = (from: string, to: string, ...options: readonly string[]): Promise<string> =>
  skopeo("copy", "--preserve-digests", "--src-tls-verify=false", ...options, `docker://${from}`, `dir:${to}`);
const inspect = (reference: string): Promise<string> =>
  skopeo("inspect", "--raw", "--tls-verify=false", `docker://${served().host}/components/hello${reference}`);

test("skopeo lists the tags", async () => {
  const listed = await skopeo(
    "list-tags",
    "--tls-verify=false",
    `docker://${served().host}/components/hello`,
  );
  expect(JSON.parse(listed)).toMatchObject({ Tags: servedTags });
});

test("skopeo inspects the manifest, which is the same by tag and by digest", async () => {
  const manifest = await inspect(":latest");
  expect(await inspect(`@sha256:${sha256(Buffer.from(manifest))}`)).toBe(manifest);
  expect(await inspect(":1.10.0")).toBe(manifest);
});

test.each(Object.entries(servedBytes))("skopeo copies %s", async (reference, bytes) => {
  const to = served().pathOf(`skopeo-${reference.replaceAll(/\W/g, "-")}`);
  await copy(`${served().host}/${reference}`, to);
  expect(sha256(await readFile(join(to, sha256(bytes))))).toBe(sha256(bytes));
  if (!reference.endsWith(":1.9.0")) return;
  expect(sha256(await readFile(join(to, sha256(servedManifest))))).toBe(sha256(servedManifest));
});

test("skopeo copies with the token as password, and not with another", async () => {
  const from = `${served().closedHost}/packs/tools:latest`;
  const pack = sha256(servedBytes["packs/tools:0.1.0"]);
  const to = served().pathOf("skopeo-closed");
  await copy(from, to, "--src-creds", `any:${served().token}`);
  expect(sha256(await readFile(join(to, pack)))).toBe(pack);
  const wrong = copy(from, served().pathOf("skopeo-wrong"), "--src-creds", "any:wrong");
  await expect(wrong).rejects.toMatchObject({
    stderr: expect.stringMatching(/unauthorized|authentication required/i),
  });
});
