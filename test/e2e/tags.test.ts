import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { requireBasic } from "../support/registry-auth.ts";
import { type RunningServer, startDockerRegistry } from "../support/servers.ts";
import { skopeoCopy } from "../support/skopeo.ts";
import { type Command, createCommand, parseError, pretty } from "./support/command.ts";

let registry: Registry;
let command: Command;

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
});
afterEach(() => command[Symbol.asyncDispose]());

const push = (name: string, tag: string, text: string = tag): PushedComponent =>
  pushComponent(registry, { repository: `acme/${name}`, tag, wasm: bytesOf(500, text) });
const at = (name: string): string => `${registry.host}/acme/${name}`;
const changes = (): readonly string[] =>
  registry.requests
    .filter(({ method }) => method !== "GET" && method !== "HEAD")
    .map(({ method, path }) => `${method} ${path}`);

describe("tags", () => {
  beforeAll(() => {
    for (const tag of ["latest", "v1.10.0", "1.2.0", "1.2.0-rc.1", "1.2", "2.0.0_b1"]) push("many", tag);
  });

  test("prints a tag a line, or with --semver the versions, the highest first", async () => {
    expect(await command.run(["tags", at("many")])).toMatchObject({
      code: 0,
      stdout: "1.2\n1.2.0\n1.2.0-rc.1\n2.0.0_b1\nlatest\nv1.10.0\n",
      stderr: "",
    });
    expect(await command.run(["tags", `oci://${at("many")}`, "--semver", "--json"])).toMatchObject({
      code: 0,
      stdout: pretty(["2.0.0_b1", "v1.10.0", "1.2.0", "1.2.0-rc.1"]),
    });
  });

  test.each([
    [["tags", "HOST/acme/none"], 3, /failed to list the tags of `.*`: NAME_UNKNOWN/],
    [["tags", "HOST/acme/many:1.2"], 2, /invalid reference .*\nhint: name a repository without a tag/s],
    [["tags", "./many"], 2, /`.\/many` is not in a registry, expected a repository like/],
    [["tags", "many.json"], 2, /hint: only repositories in a registry .*, write oci:\/\/many.json/],
    [["--offline", "tags", "HOST/acme/many"], 4, /offline mode forbids listing the tags/],
    [
      ["tags", "127.0.0.1:1/acme/many", "--retries", "0"],
      7,
      /failed to list the tags of `127.0.0.1:1\/acme\/many`: /,
    ],
    [["tags"], 2, /tags requires a repository/],
  ])("as in %j exits with %d", async (args, code, message) => {
    const words = args.map((word) => word.replace("HOST", registry.host));
    const { stderr, ...rest } = await command.run(words);
    expect(rest).toMatchObject({ code, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("tag", () => {
  test("lets tags mean what a reference means, and sends nothing for those that do", async () => {
    const { manifestDigest } = push("tagged", "1.2.3");
    registry.clearLog();
    expect(await command.run(["tag", `${at("tagged")}:1.2.3`, "1.2", "latest", "1.2"])).toMatchObject({
      code: 0,
      stdout: `1.2 ${manifestDigest}\nlatest ${manifestDigest}\n`,
      stderr: "",
    });
    expect(changes()).toEqual(["PUT /v2/acme/tagged/manifests/1.2", "PUT /v2/acme/tagged/manifests/latest"]);
    registry.clearLog();
    const again = await command.run(["tag", `${at("tagged")}@${manifestDigest}`, "1.2", "--json"]);
    expect(again).toMatchObject({
      code: 0,
      stdout: pretty({
        reference: `${at("tagged")}@${manifestDigest}`,
        digest: manifestDigest,
        tags: ["1.2"],
        written: [],
      }),
    });
    expect(changes()).toEqual([]);
    expect(await command.run(["resolve", `${at("tagged")}:latest`])).toMatchObject({
      stdout: `${manifestDigest}\n`,
    });
  });

  test("refuses a tag that means something else before it writes any, unless --force", async () => {
    const old = push("moved", "latest", "old");
    const now = push("moved", "2.0.0", "new");
    registry.clearLog();
    const refused = await command.run(["tag", `${at("moved")}:2.0.0`, "2", "latest"]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(
      `\`${at("moved")}:latest\` means something else: expected ${now.manifestDigest}, got ${old.manifestDigest}`,
    );
    expect(refused.stderr).toContain("choose another tag, or let it mean this one from now on with --force");
    expect(changes()).toEqual([]);
    expect((await command.run(["tag", `${at("moved")}:2.0.0`, "2", "latest", "--force"])).code).toBe(0);
    expect(await command.run(["resolve", `${at("moved")}:latest`])).toMatchObject({
      stdout: `${now.manifestDigest}\n`,
    });
  });

  test.each([
    [
      ["tag", "HOST/acme/none:1", "2"],
      3,
      /`.*acme\/none:1` is not there\nhint: `greentic-dist tags 127.*acme\/none` lists/,
    ],
    [["tag", "127.0.0.1:1/a/b:1", "x", "--retries", "0"], 7, /failed to tag `127.0.0.1:1\/a\/b:1`: /],
    [["tag", "HOST/acme/many:1.2", "a/b"], 2, /`a\/b` is no tag/],
    [["tag", "HOST/acme/many:1.2"], 2, /tag requires a reference and a tag/],
    [["--offline", "tag", "HOST/acme/many:1.2", "x"], 4, /offline mode forbids changing/],
    [["tag", "./x.wasm", "x"], 2, /`.\/x.wasm` is not in a registry/],
  ])("as in %j exits with %d", async (args, code, message) => {
    const { stderr, ...rest } = await command.run(args.map((word) => word.replace("HOST", registry.host)));
    expect(rest).toMatchObject({ code, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("delete", () => {
  test("takes a tag and nothing else, and says what the manifest still is", async () => {
    const { manifestDigest } = push("several", "1.0.0");
    for (const tag of ["1.0", "1"]) await command.run(["tag", `${at("several")}:1.0.0`, tag]);
    push("several", "2.0.0");
    expect(await command.run(["delete", `${at("several")}:1.0`, "--yes"])).toMatchObject({
      code: 0,
      stdout: `${manifestDigest}\n`,
      stderr: `${at("several")}:1.0: the tag goes, the manifest ${manifestDigest} stays; it still is 1, 1.0.0\n`,
    });
    expect(await command.run(["tags", at("several")])).toMatchObject({ stdout: "1\n1.0.0\n2.0.0\n" });
    const reference = `${at("several")}@${manifestDigest}`;
    expect(await command.run(["delete", reference, "-y", "--json"])).toMatchObject({
      code: 0,
      stdout: pretty({ reference, digest: manifestDigest, tag: null, other_tags: ["1", "1.0.0"] }),
      stderr: "",
    });
    expect(await command.run(["tags", at("several")])).toMatchObject({ stdout: "2.0.0\n" });
  });

  test.each([
    [["delete", "HOST/acme/many:1.2"], 2, /cannot ask whether to delete: stdin is no terminal\nhint: --yes/],
    [["delete", "HOST/acme/many", "--yes"], 2, /hint: name either a tag or a digest/],
    [["delete", `HOST/acme/many:1.2@sha256:${"0".repeat(64)}`, "--yes"], 2, /name either a tag or a digest/],
    [["delete", "HOST/acme/many:none", "--yes"], 3, /is not there\nhint: `greentic-dist tags .*acme\/many`/],
    [["delete", "./many", "--yes"], 2, /`.\/many` is not in a registry/],
    [["delete", "127.0.0.1:1/a/b:1", "-y", "--retries", "0"], 7, /failed to delete `127.0.0.1:1\/a\/b:1`: /],
    [["--offline", "delete", "HOST/acme/many:1.2", "--yes"], 4, /offline mode forbids/],
    [["delete", "--yes"], 2, /delete requires a reference/],
  ])("as in %j exits with %d, and deletes nothing", async (args, code, message) => {
    registry.clearLog();
    const { stderr, ...rest } = await command.run(args.map((word) => word.replace("HOST", registry.host)));
    expect(rest).toMatchObject({ code, stdout: "" });
    expect(stderr).toMatch(message);
    expect(changes()).toEqual([]);
  });
});

test("who may not write is told to log in, and nothing is retried for that", async () => {
  await using closed = await startRegistry({ wrap: requireBasic({ user: "a", password: "b" }) });
  const reference = `${closed.host}/acme/x:1`;
  for (const args of [
    ["tag", reference, "2"],
    ["delete", reference, "--yes"],
    ["tags", `${closed.host}/acme/x`],
  ]) {
    const { code, stderr } = await command.run([...args, "--json"]);
    expect([code, parseError(stderr).code]).toEqual([5, "UNAUTHORIZED"]);
  }
});

describe("with Debian's registry", () => {
  let docker: RunningServer;
  let fixed: RunningServer;
  const hosts = (): readonly string[] => [docker, fixed].map(({ url }) => new URL(url).host);
  let pushed: PushedComponent;

  beforeAll(async () => {
    docker = await startDockerRegistry();
    fixed = await startDockerRegistry({ deletes: false });
    pushed = push("source", "1.0.0");
    for (const host of hosts()) await skopeoCopy(`${registry.host}/acme/source:1.0.0`, `${host}/a/b:1.0.0`);
  });
  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    await fixed?.[Symbol.asyncDispose]();
  });

  test("tags are written and listed, and a manifest goes with all of them", async () => {
    const [host] = hosts();
    const reference = `${host}/a/b:1.0.0`;
    expect((await command.run(["tag", reference, "1.0", "1"])).code).toBe(0);
    expect(await command.run(["tags", `${host}/a/b`])).toMatchObject({ stdout: "1\n1.0\n1.0.0\n" });
    const byTag = await command.run(["delete", reference, "--yes"]);
    expect(byTag).toMatchObject({ code: 2, stdout: "" });
    expect(byTag.stderr).toMatch(
      /does not delete tags alone: .*\nhint: `greentic-dist delete .*@sha256:.*` deletes the manifest, with its other tags 1, 1\.0/s,
    );
    const byDigest = await command.run(["delete", `${host}/a/b@${pushed.manifestDigest}`, "--yes"]);
    expect(byDigest).toMatchObject({ code: 0, stdout: `${pushed.manifestDigest}\n` });
    expect(byDigest.stderr).toMatch(/the manifest goes, and its tags 1, 1\.0, 1\.0\.0\n$/);
    expect((await command.run(["resolve", reference])).code).toBe(3);
  });

  test("one that deletes nothing is not asked twice, and what its operator can do is said", async () => {
    const host = hosts()[1];
    const { code, stderr } = await command.run(["delete", `${host}/a/b@${pushed.manifestDigest}`, "--yes"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /does not delete manifests: .*UNSUPPORTED.*\nhint: whoever runs the registry can allow it/s,
    );
    expect((await command.run(["resolve", `${host}/a/b:1.0.0`])).code).toBe(0);
  });
});
