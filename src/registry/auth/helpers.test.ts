import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { credentialHelper } from "../../../test/support/credential-helper.ts";
import { rejectionOf } from "../../../test/support/thrown.ts";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { createHelpers, type HelperAnswer } from "./helpers.ts";

/** What a helper that is this script answers for `host`. */
async function answerOf(body: string, host = "ghcr.io", timeoutMs = 10_000): Promise<HelperAnswer> {
  await using directory = await tempDir();
  const { env } = await credentialHelper(directory.path, "test", body);
  return await createHelpers({ env, now: () => 0, timeoutMs }).get("test", host, undefined);
}

const shown = (answer: HelperAnswer): string | undefined =>
  answer === undefined || "unusable" in answer
    ? answer?.unusable
    : `${answer.username}:${answer.password.reveal()}${answer.isIdentityToken ? " (token)" : ""}`;

describe("what a helper answers", () => {
  it.each<[string, string, string | undefined]>([
    ["a login", `echo '{"ServerURL":"ghcr.io","Username":"a","Secret":"s"}'`, "a:s"],
    ["a login without an address", `echo '{"Username":"a","Secret":"s:t"}'`, "a:s:t"],
    [
      "an address in another spelling",
      `echo '{"ServerURL":"https://GHCR.io/","Username":"a","Secret":"s"}'`,
      "a:s",
    ],
    ["an identity token", `echo '{"Username":"<token>","Secret":"it"}'`, "<token>:it (token)"],
    ["that it has none", `echo "credentials not found in native keychain"; exit 1`, undefined],
    [
      "that a keychain has none",
      `echo "The specified item could not be found in the keychain."; exit 1`,
      undefined,
    ],
    ["an empty login", `echo '{"ServerURL":"ghcr.io","Username":"","Secret":""}'`, undefined],
    [
      "a failure",
      `echo "secret leaked"; exit 3`,
      "docker-credential-test failed (exit 3); run it by hand to see why: echo HOST | docker-credential-test get",
    ],
    ["no JSON", `echo secret`, "docker-credential-test answered with no JSON object"],
    ["nothing", ``, "docker-credential-test answered with no JSON object"],
    ["a list", `echo '["secret"]'`, "docker-credential-test answered with no JSON object"],
    [
      "a login of a host that is alike",
      `echo '{"ServerURL":"ghcr.io.example","Username":"a","Secret":"secret"}'`,
      "docker-credential-test answered for another registry",
    ],
    ["a line break", `printf '{"Username":"a","Secret":"secret\\\\r\\\\nx"}'`, "the login is malformed"],
    ["a colon in the name", `echo '{"Username":"a:b","Secret":"secret"}'`, "the login is malformed"],
    ["too much", `head -c 70000 /dev/zero`, "docker-credential-test wrote more than 65536 bytes"],
    ["without end", `yes secret`, "docker-credential-test wrote more than 65536 bytes"],
  ])("%s", async (_, body, expected) => {
    expect(shown(await answerOf(body))).toBe(expected);
  });

  it("is not waited for longer than it may take, nor is what it started", async () => {
    expect(shown(await answerOf("sleep 3 & sleep 3", "ghcr.io", 300))).toMatch(
      /^docker-credential-test took more than/,
    );
  });

  it("counts when the helper has ended, although what it started lives on with its output", async () => {
    expect(shown(await answerOf(`sleep 20 & echo '{"Username":"a","Secret":"s"}'`))).toBe("a:s");
  });

  it("need not be read from its input", async () => {
    expect(shown(await answerOf(`exec <&-; echo '{"Username":"a","Secret":"s"}'`))).toBe("a:s");
  });
});

it("asks for Docker Hub by the name that Docker uses, then by its own", async () => {
  await using directory = await tempDir();
  const { env, log } = await credentialHelper(directory.path, "test");
  await createHelpers({ env, now: () => 0 }).get("test", "docker.io", undefined);
  expect(await readFile(log, "utf8")).toBe("get https://index.docker.io/v1/\nget docker.io\n");
});

it("asks once for all who want the same, and again after a minute", async () => {
  await using directory = await tempDir();
  const { env, log } = await credentialHelper(directory.path, "test");
  let time = 0;
  const helpers = createHelpers({ env, now: () => time });
  await Promise.all(Array.from({ length: 5 }, () => helpers.get("test", "ghcr.io", undefined)));
  time = 59_999;
  await helpers.get("test", "ghcr.io", undefined);
  expect(await readFile(log, "utf8")).toBe("get ghcr.io\n");
  time = 60_000;
  await helpers.get("test", "ghcr.io", undefined);
  expect(await readFile(log, "utf8")).toBe("get ghcr.io\nget ghcr.io\n");
});

it("lets a helper store, list and erase, with the secret on stdin only", async () => {
  await using directory = await tempDir();
  const { env } = await credentialHelper(directory.path, "test");
  const helpers = createHelpers({ env, now: () => 0 });
  const login = { username: "ada", password: "canary" };
  expect(await helpers.store("test", "ghcr.io", login, undefined)).toBeUndefined();
  expect(shown(await helpers.get("test", "ghcr.io", undefined))).toBe("ada:canary");
  expect(await helpers.list("test", undefined)).toEqual(["ghcr.io"]);
  expect(await helpers.erase("test", "ghcr.io", undefined)).toBeUndefined();
  expect(await helpers.get("test", "ghcr.io", undefined)).toBeUndefined();
  expect(await helpers.list("test", undefined)).toEqual([]);
});

const patience = { timeout: 60_000 };

it("stops a helper when the call is stopped", async () => {
  await using directory = await tempDir();
  const { env } = await credentialHelper(
    directory.path,
    "test",
    'echo $$ > "$dir/pid.tmp"; mv "$dir/pid.tmp" "$dir/pid"; exec sleep 600',
  );
  const stop = new AbortController();
  const answer = rejectionOf(createHelpers({ env, now: () => 0 }).get("test", "ghcr.io", stop.signal));
  const pid = await vi.waitFor(() => readFile(join(directory.path, "pid"), "utf8"), patience);
  stop.abort();
  expect((await answer).code).toBe("ABORTED");
  await vi.waitFor(() => expect(existsSync(`/proc/${pid.trim()}/exe`)).toBe(false), patience);
});

describe("a helper is found by its plain name, on PATH, and never in the current folder", () => {
  it.each(["", ".", "../x", "a/b", "a\\b", "a b", "a;b", "$(id)", "a\0b", "\u001b[31m", "é"])(
    "not %j",
    async (name) => {
      const answer = await createHelpers({ env: { PATH: "/usr/bin" }, now: () => 0 }).get(
        name,
        "h",
        undefined,
      );
      expect(shown(answer)).toMatch(
        name === "." ? /is not on PATH$/ : /is no plain name of a credential helper$/,
      );
      expect(shown(answer)).not.toContain("\u001b");
    },
  );

  it.each(["", ".", "relative", "/nowhere"])("with PATH %j", async (path) => {
    const answer = await createHelpers({ env: { PATH: path }, now: () => 0 }).get("test", "h", undefined);
    expect(shown(answer)).toBe("docker-credential-test is not on PATH");
  });

  it("nor is a folder, or a file that may not be run", async () => {
    await using directory = await tempDir();
    await mkdir(join(directory.path, "docker-credential-folder"));
    await writeFile(join(directory.path, "docker-credential-text"), "", { mode: 0o644 });
    const helpers = createHelpers({ env: { PATH: directory.path }, now: () => 0 });
    expect(shown(await helpers.get("folder", "h", undefined))).toMatch(/is not on PATH/);
    expect(shown(await helpers.get("text", "h", undefined))).toMatch(/is not on PATH/);
  });
});
