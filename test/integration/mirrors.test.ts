import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DistClientOptions } from "../../src/index.ts";
import { Secret } from "../../src/registry/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { cutBody, isBlob } from "../support/faults.ts";
import type { Wrap } from "../support/http-server.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Certificates, createCertificates, startDockerRegistry } from "../support/servers.ts";
import { tempDir, type TempDir } from "../support/temp-dir.ts";
import { rejectionOf } from "../support/thrown.ts";

const wasm = bytesOf(300_000, "mirrored");
let certificates: Certificates;
let dir: TempDir;
let origin: Registry;
let hello: PushedComponent;
let tag: string;
let pin: string;

beforeAll(async () => {
  certificates = await createCertificates("IP:0.0.0.0", "IP:127.0.0.1");
});
beforeEach(async () => {
  dir = await tempDir();
  origin = await startRegistry();
  hello = push(origin);
  tag = `${origin.host}/example/hello:1.0`;
  pin = `${origin.host}/example/hello@${hello.manifestDigest}`;
});
afterEach(async () => {
  await origin[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

function push(registry: Registry, repository = "example/hello"): PushedComponent {
  return pushComponent(registry, { repository, tag: "1.0", wasm });
}

/** A registry with the same artifact, and a fault. */
async function startMirror(wrap?: Wrap, tls?: Certificates): Promise<Registry> {
  const mirror = await startRegistry({ wrap, tls });
  push(mirror);
  return mirror;
}

/** Writes a file below the temporary folder, for the origin's own folder of `certs.d` if nothing else is said. */
async function write(text: string, path = `certs.d/${origin.host}/hosts.toml`): Promise<string> {
  const file = join(dir.path, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const hosts = (...mirrors: readonly (readonly [address: string, more?: string])[]): string =>
  mirrors.map(([address, more = ""]) => `[host."${address}"]\n${more}\n`).join("");

async function pull(reference: string, options: Omit<DistClientOptions, "cacheDir"> = {}) {
  await using cache = await tempDir();
  const env = {
    GREENTIC_OCI_CERTS_DIR: join(dir.path, "certs.d"),
    CONTAINERS_REGISTRIES_CONF: join(dir.path, "registries.conf"),
    ...options.env,
  };
  await using opened = openClient(cache.path, { ...options, env });
  const { contentDigest, digest } = await opened.client.ensureCached(reference);
  expect({ contentDigest, digest }).toEqual({
    contentDigest: hello.contentDigest,
    digest: hello.manifestDigest,
  });
  return { warnings: opened.warnings(), warned: opened.warned() };
}

const pathsOf = ({ requests }: Registry): readonly string[] => requests.map(({ path }) => path);

const answering =
  (response: () => Response): Wrap =>
  () =>
  async () =>
    response();
const tampering: Wrap = (handler) => async (request) => {
  const response = await handler(request);
  if (!isBlob({ method: request.method, path: new URL(request.url).pathname })) return response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  bytes[1000]! ^= 1;
  return new Response(bytes, response);
};
const lyingManifest: Wrap = (handler) => async (request) => {
  const response = await handler(request);
  if (!request.url.includes("/manifests/")) return response;
  return new Response((await response.text()).replace("schemaVersion", "schemaVersi0n"), response);
};
const longer: Wrap = (handler) => async (request) => {
  const response = await handler(request);
  if (!isBlob({ method: request.method, path: new URL(request.url).pathname })) return response;
  return new Response(Buffer.concat([Buffer.from(await response.arrayBuffer()), Buffer.from("more")]), {
    headers: { "content-length": "300004" },
  });
};

const challenge =
  (heard: string[]): Wrap =>
  (handler) =>
  async (request) => {
    const sent = request.headers.get("authorization");
    if (sent !== null) {
      heard.push(sent);
      return handler(request);
    }
    return new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } });
  };

const basic = (host: string): string => `Basic ${Buffer.from(`${host}:canary`).toString("base64")}`;

const conf = (text: string): Promise<string> => write(text, "registries.conf");

const place = (location: string): string => `[[registry]]\nprefix = "r.example"\nlocation = "${location}"`;

describe("hosts.toml", () => {
  test("a mirror is asked for everything, and told which registry is meant; the registry hears nothing", async () => {
    await using mirror = await startMirror();
    await write(hosts([mirror.url]));
    for (const reference of [tag, pin]) {
      mirror.clearLog();
      expect((await pull(reference)).warnings).toEqual([]);
      const query = `?ns=${encodeURIComponent(origin.host)}`;
      expect(pathsOf(mirror)).toEqual([
        `/v2/example/hello/manifests/${reference === tag ? "1.0" : hello.manifestDigest}${query}`,
        `/v2/example/hello/blobs/${hello.contentDigest}${query}`,
      ]);
    }
    expect(origin.requests).toEqual([]);
  });

  test("one that may not resolve is asked for digests only", async () => {
    await using mirror = await startMirror();
    await write(hosts([mirror.url, 'capabilities = ["pull"]']));
    await pull(tag);
    expect(pathsOf(origin)).toEqual(["/v2/example/hello/manifests/1.0"]);
    expect(mirror.requests).toHaveLength(1);
  });

  test("one over plain http never says what a tag means, whatever its capabilities", async () => {
    await using mirror = await startMirror();
    await write(hosts([mirror.url.replace("127.0.0.1", "0.0.0.0"), 'capabilities = ["pull", "resolve"]']));
    await pull(tag);
    expect(pathsOf(origin)).toEqual(["/v2/example/hello/manifests/1.0"]);
    expect(mirror.requests).toHaveLength(1);
    mirror.clearLog();
    origin.clearLog();
    await pull(pin);
    expect([origin.requests.length, mirror.requests.length]).toEqual([0, 2]);
    mirror.clearLog();
    await pull(pin, { tlsMode: "strict" });
    expect([origin.requests.length, mirror.requests.length]).toEqual([2, 0]);
  });

  test("one with skip_verify serves digests under a certificate of nobody, and no tag", async () => {
    await using mirror = await startMirror(undefined, certificates);
    await write(hosts([mirror.url, "skip_verify = true"]));
    await pull(tag);
    expect(pathsOf(origin)).toEqual(["/v2/example/hello/manifests/1.0"]);
    expect(pathsOf(mirror)).toEqual([expect.stringContaining(`/blobs/${hello.contentDigest}`)]);
    // That this mirror is not verified says nothing of the same host as a registry.
    expect(
      await rejectionOf(pull(pin.replace(origin.host, mirror.host.replace("127.0.0.1", "0.0.0.0")))),
    ).toMatchObject({
      code: "NETWORK",
      message: expect.stringContaining("is not signed by a trusted authority"),
    });
  });

  test("one with a private authority and a client certificate is reached with these, relative to the file", async () => {
    await using mirror = await startMirror(undefined, certificates);
    await write(certificates.ca, `certs.d/${origin.host}/ca.pem`);
    await write(certificates.cert, `certs.d/${origin.host}/us.pem`);
    await write(certificates.key, `certs.d/${origin.host}/us.key`);
    await write(hosts([mirror.url, 'ca = "ca.pem"\nclient = [["us.pem", "us.key"]]']));
    expect((await pull(tag)).warnings).toEqual([]);
    expect([origin.requests.length, mirror.requests.length]).toEqual([0, 2]);
  });

  test("several are asked in their order", async () => {
    await using gone = await startRegistry();
    await using mirror = await startMirror();
    await write(hosts([gone.url], [mirror.url]));
    const { warnings, warned } = await pull(tag);
    expect(warnings).toEqual(["MIRROR_SKIPPED", "MIRROR_SKIPPED"]);
    expect(warned[0]).toContain(`passed over the mirror ${gone.url}/v2/ (`);
    expect([gone, mirror, origin].map(({ requests }) => requests.length)).toEqual([2, 2, 0]);
  });

  test.for([
    ["the folder without a colon", "HOST_PORT_", undefined],
    ["_default", "_default", undefined],
  ])("is found in %s", async ([, folder]) => {
    await using mirror = await startMirror();
    const { hostname, port } = new URL(origin.url);
    const name = folder!.replace("HOST_PORT_", `${hostname}_${port}_`);
    await write(hosts([mirror.url]), `certs.d/${name}/hosts.toml`);
    await pull(tag);
    expect([origin.requests.length, mirror.requests.length]).toEqual([0, 2]);
  });

  test("`server` stands in place of the registry, and override_path is taken as it is", async () => {
    await using server = await startMirror((handler) => (request) => {
      const url = request.url.replace("/hub/of/mirrors/", "/v2/");
      return handler(new Request(url, { headers: request.headers, method: request.method }));
    });
    await write(`server = "${server.url}/hub/of/mirrors"\noverride_path = true\n`);
    await pull(tag);
    expect(pathsOf(server)[0]).toContain("/hub/of/mirrors/example/hello/manifests/1.0?ns=");
    expect(origin.requests).toEqual([]);
  });

  test("a registry whose place an insecure server has taken has no tags", async () => {
    await using server = await startMirror();
    await write(`server = "${server.url.replace("127.0.0.1", "0.0.0.0")}"`);
    await pull(pin);
    expect(await rejectionOf(pull(tag))).toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("nobody may be asked for"),
    });
  });

  test.for([
    ["host = 1", "has `host` that is not a table"],
    ['[host]\n"https://a" = 1', "has `host.https://a` that is no table"],
    ['[host."ftp://a"]', "names `ftp://a`, which is no address"],
    ['[host."https://u:canary@a"]', "names `https://***@a`, which is no address"],
    ['[host."https://a"]\ncapabilities = 1', "has `capabilities` that is not a text or a list of texts"],
    ['[host."https://a"]\nskip_verify = "yes"', "has `skip_verify` that is not true or false"],
    ['[host."https://a"]\nca = "missing.pem"', "missing.pem` is not there"],
    ['[host."https://a"]\nca = "hosts.toml"', "hosts.toml` holds nothing in PEM"],
    ["server = 1", "has `server` that is not a text"],
    ["[host", "is no valid TOML: "],
  ])("%j is INVALID_CONFIG, and says where", async ([text, flaw]) => {
    const path = await write(text!);
    const error = await rejectionOf(pull(tag));
    expect(error.code).toBe("INVALID_CONFIG");
    expect(error.message).toContain(flaw!);
    expect(error.message).toContain(dirname(path));
    expect(JSON.stringify([error.message, error.details])).not.toContain("canary");
    expect(origin.requests).toEqual([]);
  });
});

describe("a mirror that fails or lies costs a warning, and the registry answers", () => {
  test.for<[title: string, wrap: Wrap]>([
    ["404", answering(() => new Response(null, { status: 404 }))],
    ["401 without a way in", answering(() => new Response(null, { status: 401 }))],
    ["403", answering(() => new Response(null, { status: 403 }))],
    ["429", answering(() => new Response(null, { status: 429 }))],
    ["500", answering(() => new Response(null, { status: 500 }))],
    ["503", answering(() => new Response(null, { status: 503 }))],
    ["a redirect to nowhere", answering(() => new Response(null, { status: 302 }))],
    ["a page in place of everything", answering(() => new Response("<html>"))],
    ["other bytes in a blob", tampering],
    ["other bytes in a manifest", lyingManifest],
    ["more bytes than there are", longer],
    ["a body that breaks off", cutBody(isBlob, 100_000)],
  ])("%s", async ([, wrap]) => {
    await using mirror = await startMirror(wrap);
    await write(hosts([mirror.url]));
    const pulled = await pull(pin, { retry: { attempts: 2, initialMs: 1 } });
    expect(new Set(pulled.warnings)).toEqual(new Set(["MIRROR_SKIPPED"]));
    expect(pulled.warned[0]).toContain(`passed over the mirror ${mirror.url}/v2/ (`);
    expect(origin.requests.length).toBeGreaterThan(0);
  });

  test("nobody there", async () => {
    await write(hosts(["http://127.0.0.1:1"], ["https://mirror.invalid"]));
    const { warnings } = await pull(tag);
    expect(warnings).toEqual(["MIRROR_SKIPPED", "MIRROR_SKIPPED"]);
  });

  test("no answer in time", async () => {
    await using mirror = await startMirror(() => () => new Promise(() => undefined));
    await write(hosts([mirror.url]));
    const { warned } = await pull(tag, { timeouts: { headersMs: 100 } });
    expect(warned).toEqual([expect.stringContaining("did not answer in time")]);
    expect(mirror.requests).toHaveLength(1);
  });

  test("what breaks off at the mirror is gone on with at the registry", async () => {
    await using mirror = await startMirror(cutBody(isBlob, 100_000));
    await write(hosts([mirror.url]));
    await pull(pin, { retry: { attempts: 2, initialMs: 1 } });
    const blobs = origin.requests.filter(({ path }) => path.includes("/blobs/"));
    expect(blobs.map(({ headers, bytesSent }) => [headers["range"], bytesSent])).toEqual([
      ["bytes=100000-", 200_000],
    ]);
  });

  test("the error is the registry's when it fails too", async () => {
    await using mirror = await startMirror(answering(() => new Response(null, { status: 404 })));
    await write(hosts([mirror.url]));
    const error = await rejectionOf(pull(`${origin.host}/example/none:1.0`));
    expect(error).toMatchObject({ code: "NOT_FOUND", message: expect.stringContaining("manifest unknown") });
  });
});

describe("logins", () => {
  /** Has a login of its own for every host. */
  const credentials: DistClientOptions["credentials"] = {
    async *credentialsFor({ host }) {
      yield { username: host, password: new Secret("canary"), source: "test" };
    },
  };

  test("a mirror gets its own, and never the registry's; an insecure one gets none", async () => {
    const heard: string[] = [];
    await using secure = await startMirror(challenge(heard));
    await using insecure = await startMirror(challenge(heard));
    await write(hosts([insecure.url.replace("127.0.0.1", "0.0.0.0")], [secure.url]));
    await pull(pin, { credentials });
    expect(new Set(heard)).toEqual(new Set([basic(secure.host)]));
    expect(insecure.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
    expect(origin.requests).toEqual([]);
  });
});

describe("registries.conf", () => {
  test("mirrors are asked in their order, under the names that they have there", async () => {
    await using mirror = await startRegistry();
    push(mirror, "cache/of/hello");
    await conf(`
      unqualified-search-registries = ["docker.io"]
      [[registry]]
      prefix = "${origin.host}/example"
      location = "${origin.host}/example"
      [[registry.mirror]]
      location = "127.0.0.1:1/none"
      [[registry.mirror]]
      location = "${mirror.host}/cache/of"
    `);
    expect((await pull(tag)).warnings).toEqual(["MIRROR_SKIPPED"]);
    expect(pathsOf(mirror)).toEqual([
      "/v2/cache/of/hello/manifests/1.0",
      `/v2/cache/of/hello/blobs/${hello.contentDigest}`,
    ]);
    expect(origin.requests).toEqual([]);
  });

  test.for([
    ["pull-from-mirror = 'digest-only'", 1],
    ["pull-from-mirror = 'tag-only'", 1],
    ["pull-from-mirror = 'all'", 2],
  ] as const)("%s", async ([line, asked]) => {
    await using mirror = await startMirror();
    await conf(
      `[[registry]]\nlocation = "${origin.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}"\n${line}`,
    );
    await pull(tag);
    expect(mirror.requests).toHaveLength(asked);
    expect(origin.requests).toHaveLength(2 - asked);
  });

  test("an insecure one serves digests over plain http, and no tag", async () => {
    await using mirror = await startMirror();
    const location = mirror.host.replace("127.0.0.1", "0.0.0.0");
    await conf(
      `[[registry]]\nlocation = "${origin.host}"\n[[registry.mirror]]\nlocation = "${location}"\ninsecure = true`,
    );
    await pull(tag);
    expect([origin.requests.length, mirror.requests.length]).toEqual([1, 1]);
  });

  test("a registry that lies elsewhere is asked there", async () => {
    await using moved = await startRegistry();
    push(moved, "inner/hello");
    await conf(`[[registry]]\nprefix = "registry.example/outer"\nlocation = "${moved.host}/inner"`);
    await pull("registry.example/outer/hello:1.0");
    expect(moved.requests).toHaveLength(2);
  });

  test("the longest prefix counts, and a wildcard is one", async () => {
    await using moved = await startMirror();
    await conf(`
      [[registry]]
      prefix = "*.example.com"
      blocked = true
      [[registry]]
      prefix = "a.example.com/example"
      location = "${moved.host}/example"
    `);
    await pull("a.example.com/example/hello:1.0");
    expect(await rejectionOf(pull("b.example.com:5000/example/hello:1.0"))).toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringMatching(
        /^`b\.example\.com:5000\/example\/hello:1\.0` is blocked by `.*registries\.conf`$/,
      ),
    });
  });

  test.for([
    ["registry = 1", "has `registry` that is not a list of tables"],
    ["[[registry]]\nblocked = true", "has a [[registry]] without prefix and location"],
    ["[[registry]]\nlocation = 'a'\nblocked = 'yes'", "has `blocked` that is not true or false"],
    ["[[registry]]\nlocation = 'a'\n[[registry.mirror]]\nlocation = 'b c'", "has a mirror whose location"],
    [
      "[[registry]]\nlocation = 'a'\n[[registry.mirror]]\nlocation = 'b'\npull-from-mirror = 'x'",
      "has `pull-from-mirror` that is none of all, digest-only and tag-only",
    ],
    ["[[registry", "is no valid TOML: "],
  ])("%j is INVALID_CONFIG, and says where", async ([text, flaw]) => {
    const path = await conf(text!);
    const error = await rejectionOf(pull(tag));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", details: { path } });
    expect(error.message).toContain(`\`${path}\` ${flaw}`);
  });

  test("drop-ins go before the file, those of the user before the system's", async () => {
    await using moved = await startMirror();
    await write(place("127.0.0.1:1"), "home/containers/registries.conf");
    await write(place("127.0.0.1:2"), "home/containers/registries.conf.d/01-a.conf");
    await write(place(moved.host), "home/containers/registries.conf.d/02-b.conf");
    const env = { CONTAINERS_REGISTRIES_CONF: "", XDG_CONFIG_HOME: join(dir.path, "home") };
    await pull("r.example/example/hello:1.0", { env });
    expect(moved.requests).toHaveLength(2);
  });
});

test("certificates lie in certs.d as Docker and Podman keep them", async () => {
  await using registry = await startMirror(undefined, certificates);
  const host = registry.host.replace("127.0.0.1", "0.0.0.0");
  const reference = `${host}/example/hello:1.0`;
  await rejectionOf(pull(reference));
  await write(certificates.ca, `certs.d/${host}/ca.crt`);
  await pull(reference);
  await write(certificates.cert, `certs.d/${host}/client.cert`);
  expect(await rejectionOf(pull(reference))).toMatchObject({
    code: "INVALID_CONFIG",
    message: expect.stringContaining("client.cert` has no `client.key` beside it"),
  });
  await write(certificates.key, `certs.d/${host}/client.key`);
  await pull(reference);
});

test("a real pull-through cache asks the registry less often than it is asked", async () => {
  await using cache = await startDockerRegistry({ cacheOf: origin.url });
  await write(hosts([cache.url]));
  const pulls = 6;
  for (let i = 0; i < pulls; i++) expect((await pull(pin)).warnings).toEqual([]);
  const blobs = origin.requests.filter(
    ({ method, path }) => method === "GET" && path.includes(hello.contentDigest),
  );
  // While it still writes down what the first one asked for it asks again.
  expect(blobs.length).toBeGreaterThan(0);
  expect(blobs.length).toBeLessThan(pulls);
});

test("without such files nothing changes, and offline none is read", async () => {
  await write("no TOML at all [");
  await using cache = await tempDir();
  const env = { GREENTIC_OCI_CERTS_DIR: join(dir.path, "certs.d") };
  await using offline = openClient(cache.path, { env, offline: true });
  expect(await rejectionOf(offline.client.ensureCached(pin))).toMatchObject({ code: "OFFLINE" });
});
