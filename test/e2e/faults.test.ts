import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { mediaTypes } from "../../src/core/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import {
  appendBytes,
  compose,
  cutBody,
  flipByte,
  isBlob,
  isManifest,
  lyingDigestHeader,
  redirect,
  requireBasic,
  requireToken,
  wrongLength,
} from "../support/faults.ts";
import type { Wrap } from "../support/http-server.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { freePort } from "../support/servers.ts";
import { type Command, createCommand, parseError } from "./support/command.ts";

const wasm = bytesOf(200_000, "faults");
const always = { "www-authenticate": 'Basic realm="test"' };

let registry: Registry;
let command: Command;
let pushed: PushedComponent;
let pinned: string;

afterEach(async () => {
  await command[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** Starts a registry that has this fault, with one component in it, and an empty cache. */
async function start(wrap?: Wrap): Promise<void> {
  registry = await startRegistry({ wrap });
  command = await createCommand();
  pushed = pushComponent(registry, { repository: "example/faulty", tag: "1.0", wasm });
  pinned = `oci://${registry.host}/example/faulty@${pushed.manifestDigest}`;
}

/** How a pull failed, and what it left in the cache for others to see. */
interface Failure {
  readonly exit: number | null;
  readonly code: string;
  readonly message: string;
  readonly left: readonly string[];
}

/** Pulls what cannot be pulled. */
async function failureOf(reference: string): Promise<Failure> {
  const env = { GREENTIC_OCI_RETRY_ATTEMPTS: "1" };
  const asText = await command.run(["pull", reference, "--progress", "none"], { env });
  const asJson = await command.run(["pull", reference, "--json"], { env });
  const error = parseError(asJson.stderr);
  expect(Object.keys(error)).toEqual(["code", "message", "hint", "details"]);
  expect(asText.stderr).toMatch(/^error: .+\n(hint: .+\n)?$/);
  expect(asText.stderr.split("\n")[0]).toBe(`error: ${error.message}`);
  expect([asText.stdout, asJson.stdout, asJson.code]).toEqual(["", "", asText.code]);
  const { code, message } = error;
  return { exit: asText.code, code, message, left: await shownIn(command.cache) };
}

async function shownIn(cache: string): Promise<readonly string[]> {
  const names = await readdir(cache).catch(() => []);
  return names.filter((name) => name !== ".store");
}

/** What {@link failureOf} is to say. */
function failed(exit: number, code: string, message: string | RegExp): unknown {
  const pattern = typeof message === "string" ? message.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&") : message;
  return { exit, code, message: expect.stringMatching(pattern) as unknown, left: [] };
}

/** An error body of a registry. */
function entry(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

describe("bytes that are not what was promised end with 6 and leave nothing", () => {
  test("a manifest that was changed, asked for by its digest", async () => {
    await start(flipByte(isManifest, 3));
    expect(await failureOf(pinned)).toEqual(
      failed(
        6,
        "DIGEST_MISMATCH",
        `digest mismatch for \`${pinned}\`: expected ${pushed.manifestDigest}, got sha256:`,
      ),
    );
  });

  test("another manifest than the one asked for by its digest", async () => {
    const other = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: {}, layers: [] };
    await start((_handler) => async () => Response.json(other));
    expect(await failureOf(pinned)).toEqual(
      failed(6, "DIGEST_MISMATCH", `digest mismatch for \`${pinned}\`: expected ${pushed.manifestDigest}`),
    );
  });

  test.each([0, 100_000, wasm.length - 1])("a component whose byte %d was changed", async (position) => {
    await start(flipByte(isBlob, position));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(
        6,
        "DIGEST_MISMATCH",
        `digest mismatch for \`${pushed.reference}\`: expected ${pushed.contentDigest}, got sha256:`,
      ),
    );
  });

  test("a component with bytes after its end", async () => {
    await start(appendBytes(isBlob, Buffer.from("x")));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(6, "SIZE_MISMATCH", `size mismatch for \`${pushed.reference}\`: expected 200000 bytes`),
    );
  });

  test("a component that is announced as shorter than it should be", async () => {
    await start(wrongLength(isBlob, -1));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(
        6,
        "SIZE_MISMATCH",
        `size mismatch for \`${pushed.reference}\`: expected 200000 bytes, the registry announces 199999`,
      ),
    );
  });

  test("a manifest whose Content-Type is not its mediaType", async () => {
    await start();
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: {}, layers: [] };
    registry.pushManifest("example/faulty", "odd", manifest, mediaTypes.ociIndex);
    expect(await failureOf(`${registry.host}/example/faulty:odd`)).toEqual(
      failed(6, "MEDIA_TYPE_MISMATCH", "media type"),
    );
  });

  test("a lie in Docker-Content-Digest about a tag", async () => {
    await start(lyingDigestHeader(isManifest, `sha256:${"0".repeat(64)}`));
    expect(await failureOf(pushed.reference)).toEqual(failed(6, "DIGEST_MISMATCH", "digest mismatch"));
    const { code, stdout } = await command.run(["pull", pinned]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${command.componentOf(pushed.manifestDigest)}\n` });
  });
});

describe("a body that breaks off ends with 7", () => {
  test.each([0, 1, 100_000, wasm.length - 1])("after %d bytes of the component", async (atByte) => {
    await start(cutBody(isBlob, atByte));
    expect(await failureOf(pushed.reference)).toEqual(failed(7, "NETWORK", registry.host));
  });

  test("in the manifest", async () => {
    await start(cutBody(isManifest, 10));
    expect(await failureOf(pinned)).toEqual(failed(7, "NETWORK", registry.host));
  });
});

describe("what the registry answers decides the exit code", () => {
  test.each<[status: number, code: number, errorCode: string, headers: Readonly<Record<string, string>>]>([
    [401, 5, "UNAUTHORIZED", always],
    [403, 5, "FORBIDDEN", {}],
    [404, 3, "NOT_FOUND", {}],
    [400, 7, "NETWORK", {}],
    [418, 7, "NETWORK", {}],
  ])("%d for the manifest ends with %d", async (status, code, errorCode, headers) => {
    const body = entry("SOME_CODE", "some \u001b[31mtext\u202e of the registry");
    await start((_handler) => async () => new Response(body, { status, headers }));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(code, errorCode, String.raw`: SOME_CODE: some \u{1b}[31mtext\u{202e} of the registry`),
    );
  });

  test.each<[status: number, code: number, errorCode: string]>([
    [403, 5, "FORBIDDEN"],
    [404, 3, "NOT_FOUND"],
  ])("%d for the component ends with %d", async (status, code, errorCode) => {
    await start(
      (handler) => async (request) =>
        isBlob({ method: request.method, path: new URL(request.url).pathname })
          ? new Response(entry("BLOB_UNKNOWN", "blob unknown"), { status })
          : handler(request),
    );
    expect(await failureOf(pushed.reference)).toEqual(failed(code, errorCode, "BLOB_UNKNOWN: blob unknown"));
  });

  test.each<[status: number, errorCode: string]>([
    [429, "RATE_LIMITED"],
    [500, "NETWORK"],
    [503, "NETWORK"],
  ])("%d that stays ends with 7", async (status, errorCode) => {
    await start((_handler) => async () => new Response(null, { status, headers: { "retry-after": "0" } }));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(7, errorCode, `${registry.host} answered ${status}`),
    );
  });

  test("an answer that is no JSON, or a page, is not repeated", async () => {
    await start((_handler) => async () => new Response("<html>canary</html>", { status: 502 }));
    const { code, stderr } = await command.run(["pull", pushed.reference, "--verbose"]);
    expect(code).toBe(7);
    expect(stderr).toContain("answered 502");
    expect(stderr).not.toContain("canary");
  });

  test("a manifest that is none ends with 2", async () => {
    await start();
    for (const [tag, bytes] of [
      ["text", Buffer.from("hello")],
      ["list", Buffer.from("[]")],
      [
        "empty",
        Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [] })),
      ],
    ] as const) {
      registry.pushManifest("example/faulty", tag, bytes);
      expect(await failureOf(`${registry.host}/example/faulty:${tag}`)).toEqual(
        failed(2, "UNUSABLE_ARTIFACT", /./),
      );
    }
  });
});

describe("a login", () => {
  test("that a registry asks for and nobody gave ends with 5", async () => {
    await start(requireBasic({ user: "ada", password: "secret" }));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(5, "UNAUTHORIZED", "UNAUTHORIZED: authentication required"),
    );
  });

  test("that a token service asks for and nobody gave ends with 5", async () => {
    await start(requireToken({ realmPath: "/token", service: "test", user: "ada", password: "secret" }));
    expect(await failureOf(pushed.reference)).toEqual(failed(5, "UNAUTHORIZED", "authentication required"));
  });

  test("is not needed where anyone gets a token", async () => {
    await start(requireToken({ realmPath: "/token", service: "test" }));
    expect((await command.run(["pull", pushed.reference])).code).toBe(0);
  });
});

describe("a server that cannot be reached ends with 7", () => {
  test("because it refuses the connection", async () => {
    await start();
    const reference = `127.0.0.1:${await freePort()}/example/hello:1.0`;
    expect(await failureOf(reference)).toEqual(
      failed(7, "NETWORK", /: 127\.0\.0\.1:\d+ refuses connections/),
    );
  });

  test("because its name is unknown", async () => {
    await start();
    expect(await failureOf("registry.invalid/example/hello:1.0")).toEqual(
      failed(7, "NETWORK", /cannot (find|look up) host registry\.invalid/),
    );
    expect(await failureOf("https://server.invalid/x.wasm")).toEqual(
      failed(7, "NETWORK", /cannot (find|look up) host server\.invalid/),
    );
  });
});

describe("a redirect is refused with 7", () => {
  test.each([
    ["to plain http elsewhere", "http://example.invalid/blob", "it leads to plain http"],
    ["to another scheme", "ftp://example.invalid/blob", "only http and https are followed"],
    ["to a file", "file:///etc/passwd", "only http and https are followed"],
    [
      "with credentials in it",
      "https://user:canary@example.invalid/blob",
      "its location carries credentials",
    ],
  ])("%s", async (_what, location, why) => {
    await start(redirect(isBlob, location));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(7, "REDIRECT_REFUSED", new RegExp(`: refused a redirect by .*: ${why}$`)),
    );
    const { stderr } = await command.run(["pull", pushed.reference, "--verbose"]);
    expect(stderr).not.toContain("canary");
  });

  test("that goes in circles", async () => {
    await start(redirect(isBlob, (url) => url.href));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(7, "REDIRECT_REFUSED", "one more than the 10 that are followed"),
    );
    await registry[Symbol.asyncDispose]();
    await start(redirect(isManifest, (url) => url.href));
    expect(await failureOf(pushed.reference)).toEqual(
      failed(7, "REDIRECT_REFUSED", "one more than the 5 that are followed"),
    );
  });

  test("unless it leads to where the bytes are, without the login", async () => {
    const login = { user: "ada", password: "secret" };
    await using storage = await startRegistry();
    pushComponent(storage, { repository: "example/faulty", tag: "1.0", wasm });
    await start(
      compose(
        requireBasic(login),
        redirect(isBlob, (url) => `${storage.url}${url.pathname}?signature=canary`),
      ),
    );
    const auth = Buffer.from("ada:secret").toString("base64");
    await writeFile(
      join(command.directory, "config.json"),
      JSON.stringify({ auths: { [registry.host]: { auth } } }),
    );
    const { code, stderr } = await command.run(["pull", pushed.reference, "--verbose"], {
      env: { DOCKER_CONFIG: command.directory },
    });
    expect(code).toBe(0);
    expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(stderr).not.toContain("canary");
    expect(stderr).not.toContain(auth);
  });
});
