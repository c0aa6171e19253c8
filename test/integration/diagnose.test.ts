import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Diagnosis, DiagnosisStep, DistClientOptions, StepName } from "../../src/index.ts";
import { pushComponent, type PushedComponent, pushIndex, smallComponent } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { startServer } from "../support/http-server.ts";
import { pushLayers } from "../support/push-layers.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import {
  type Certificates,
  createCertificates,
  createExpiredCertificates,
  freePort,
  type RunningServer,
  startDockerRegistry,
  startTinyproxy,
} from "../support/servers.ts";
import { skopeoCopy } from "../support/skopeo.ts";
import { tempDir } from "../support/temp-dir.ts";
import { startTokenService, type TokenService } from "../support/token-service.ts";

const login = { user: "ada", password: "correct horse" };
/** bcrypt of that password. */
const htpasswd = `${login.user}:$2b$04$uLOvREgGAhfBuCFanhlb..Wm/2a.zmwZDvGnvvaBSEeoEIr4.gmay\n`;
const creds = ["--dest-creds", `${login.user}:${login.password}`];

/** This machine under an address that does not count as it: a proxy may be asked for it. */
const here = "0.0.0.0";

let source: Registry;
let open: RunningServer;
let closed: RunningServer;
let service: TokenService;
let tokens: RunningServer;
let certificates: Certificates;
let secure: Registry;
let hello: PushedComponent;

beforeAll(async () => {
  source = await startRegistry();
  certificates = await createCertificates("DNS:localhost", "IP:127.0.0.1", `IP:${here}`);
  secure = await startRegistry({ tls: certificates });
  const component = { repository: "example/hello", tag: "1.0", wasm: smallComponent };
  pushComponent(secure, component);
  hello = pushComponent(source, component);
  open = await startDockerRegistry();
  closed = await startDockerRegistry({ htpasswd });
  service = await startTokenService({ logins: [login], isPublic: (name) => name.startsWith("public/") });
  tokens = await startDockerRegistry({ token: service });
  const from = `${source.host}/example/hello:1.0`;
  await skopeoCopy(from, `${hostOf(open)}/example/hello:1.0`);
  await skopeoCopy(from, `${hostOf(closed)}/example/hello:1.0`, creds);
  await skopeoCopy(from, `${hostOf(tokens)}/public/hello:1.0`, creds);
  await skopeoCopy(from, `${hostOf(tokens)}/private/hello:1.0`, creds);
});
afterAll(async () => {
  for (const server of [open, closed, tokens, service, secure, source]) {
    await server?.[Symbol.asyncDispose]();
  }
});

const hostOf = ({ url }: { readonly url: string }): string => new URL(url).host;
const secureHello = (): string => `${secure.host.replace("127.0.0.1", here)}/example/hello:1.0`;

type Options = Omit<DistClientOptions, "cacheDir">;

/** Diagnoses with an empty cache, and checks that nothing was written there. */
async function diagnose(reference: string, options: Options = {}): Promise<Diagnosis> {
  await using dir = await tempDir();
  await using opened = openClient(dir.path, options);
  const diagnosis = await opened.client.diagnose(reference);
  expect(await readdir(dir.path)).toEqual([]);
  return diagnosis;
}

/** The outcome of each step, as in `ok tcp`. */
const outline = ({ steps }: Diagnosis): readonly string[] =>
  steps.map(({ status, name }) => `${status} ${name}`);

function step<N extends StepName>({ steps }: Diagnosis, name: N): Extract<DiagnosisStep, { name: N }> {
  const found = steps.find((one): one is Extract<DiagnosisStep, { name: N }> => one.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
}

/** The step that failed, and the code of the pull's error. */
const failureOf = (diagnosis: Diagnosis): readonly unknown[] => [
  diagnosis.steps.find(({ status }) => status === "failed")?.name,
  diagnosis.failure?.code,
];

const challenge = (realm: string) => async () =>
  new Response("", { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}"` } });

async function configWith(folder: string, host: string, password: string): Promise<string> {
  const path = join(folder, "config.json");
  const auth = Buffer.from(`${login.user}:${password}`).toString("base64");
  await writeFile(path, JSON.stringify({ auths: { [host]: { auth } } }));
  return path;
}

describe("a registry that asks for no login", () => {
  test("is well at every step, and what is there is described", async () => {
    const diagnosis = await diagnose(`${hostOf(open)}/example/hello:1.0`);
    expect(diagnosis.failure).toBeUndefined();
    expect(outline(diagnosis)).toEqual([
      "ok reference",
      "ok config",
      "ok mirrors",
      "ok proxy",
      "ok dns",
      "ok tcp",
      "skipped tls",
      "ok ping",
      "skipped challenge",
      "skipped credentials",
      "skipped token",
      "ok manifest",
      "skipped platform",
      "ok layer",
      "ok cache",
      "ok retries",
    ]);
    expect(step(diagnosis, "reference").details).toEqual({
      kind: "oci",
      registry: hostOf(open),
      repository: "example/hello",
      tag: "1.0",
      digest: undefined,
    });
    expect(step(diagnosis, "ping").details).toMatchObject({ url: `${open.url}/v2/`, status: 200 });
    expect(step(diagnosis, "manifest").details).toMatchObject({
      digest: hello.manifestDigest,
      found: "fetched",
    });
    expect(step(diagnosis, "layer").details).toMatchObject({
      digest: hello.contentDigest,
      sizeBytes: smallComponent.length,
    });
    expect(step(diagnosis, "cache").details).toMatchObject({ isHeld: false, lastMeant: undefined });
  });

  test("asks for manifests and for nothing else", async () => {
    source.clearLog();
    await diagnose(`${source.host}/example/hello:1.0`);
    expect(source.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v2/example/hello/manifests/1.0",
      "GET /v2/",
    ]);
  });

  test("says what a warm pull would do, and what is served offline", async () => {
    await using dir = await tempDir();
    await using opened = openClient(dir.path);
    const reference = `${hostOf(open)}/example/hello:1.0`;
    const { cachePath } = await opened.client.ensureCached(reference);
    const warm = await opened.client.diagnose(reference);
    expect(step(warm, "manifest").details?.found).toBe("confirmed");
    expect(step(warm, "cache").details).toMatchObject({
      isHeld: true,
      path: cachePath,
      lastMeant: { digest: hello.manifestDigest },
    });
    const pinned = `${hostOf(open)}/example/hello@${hello.manifestDigest}`;
    const fixed = await opened.client.diagnose(pinned);
    expect(step(fixed, "tcp").summary).toBe("not needed: the cache holds it");
    expect(fixed.failure).toBeUndefined();

    await using offline = openClient(dir.path, { offline: true });
    const served = await offline.client.diagnose(reference);
    expect(served.failure).toBeUndefined();
    expect(step(served, "tcp").summary).toBe("offline: nobody is asked");
    expect(step(served, "cache").details).toMatchObject({ isHeld: true, path: cachePath });
    const digest = await offline.client.diagnose(hello.contentDigest);
    expect(outline(digest)).toEqual(["ok reference", "ok cache"]);
  });

  test("is asked for what the cache lacks, even where it holds the manifest", async () => {
    await using dir = await tempDir();
    await using opened = openClient(dir.path);
    const registry = await startRegistry();
    const { manifestDigest } = pushComponent(registry, { repository: "a/b", tag: "1", wasm: smallComponent });
    const pinned = `${registry.host}/a/b@${manifestDigest}`;
    await opened.client.resolveRef(pinned);
    const reached = await opened.client.diagnose(pinned);
    expect(step(reached, "manifest").details?.found).toBe("held");
    expect(step(reached, "ping").details?.status).toBe(200);
    expect(step(reached, "cache").summary).toBe(`not held: a pull downloads ${smallComponent.length} bytes`);
    await registry[Symbol.asyncDispose]();
    expect(failureOf(await opened.client.diagnose(pinned))).toEqual(["tcp", "NETWORK"]);
  });

  test("is asked by the `fetch` that was given, which says nothing of connections", async () => {
    const diagnosis = await diagnose(`${hostOf(open)}/example/hello:1.0`, { fetch: globalThis.fetch });
    expect(diagnosis.failure).toBeUndefined();
    expect(step(diagnosis, "tcp").summary).toBe("the `fetch` that was given does not say");
    expect(step(diagnosis, "ping").details?.status).toBe(200);
  });

  test("does not have what it is asked for", async () => {
    const diagnosis = await diagnose(`${hostOf(open)}/example/hello:2.0`);
    expect(failureOf(diagnosis)).toEqual(["manifest", "NOT_FOUND"]);
    expect(step(diagnosis, "manifest").error?.message).toContain("MANIFEST_UNKNOWN");
    expect(outline(diagnosis).slice(-9)).toEqual([
      "ok ping",
      "skipped challenge",
      "skipped credentials",
      "skipped token",
      "failed manifest",
      "skipped platform",
      "skipped layer",
      "ok cache",
      "ok retries",
    ]);
    expect(step(diagnosis, "layer").summary).toBe("not reached");
  });

  test("has a manifest in which no layer fits", async () => {
    const { tagged: reference } = pushLayers(
      source,
      "a/layers",
      ["x", "application/vnd.one"],
      ["y", "application/vnd.two"],
    );
    const diagnosis = await diagnose(reference);
    expect(failureOf(diagnosis)).toEqual(["layer", "UNUSABLE_ARTIFACT"]);
    expect(step(diagnosis, "manifest").status).toBe("ok");
  });

  test("has an index: the entry that is taken is named, and what there is when none fits", async () => {
    const one = pushComponent(source, { repository: "a/index", wasm: smallComponent });
    const platforms = ["linux/amd64", "wasip2/wasm"].map((text) => {
      const [os = "", architecture = ""] = text.split("/");
      return { descriptor: one.descriptor, platform: { os, architecture, variant: undefined } };
    });
    const { reference } = pushIndex(source, { repository: "a/index", tag: "1", manifests: platforms });
    const chosen = await diagnose(reference);
    expect(step(chosen, "platform").details).toMatchObject({
      digest: one.manifestDigest,
      platform: "wasip2/wasm",
      entries: ["linux/amd64", "wasip2/wasm"],
    });
    expect(failureOf(await diagnose(reference, { platform: "plan9/mips" }))).toEqual([
      "platform",
      "UNUSABLE_ARTIFACT",
    ]);
  });
});

describe("a registry that asks for a login", () => {
  test("refuses who has none, and says where logins were looked for", async () => {
    const diagnosis = await diagnose(`${hostOf(closed)}/example/hello:1.0`, {
      env: { REGISTRY_AUTH_FILE: "/nowhere/auth.json" },
    });
    expect(failureOf(diagnosis)).toEqual(["credentials", "UNAUTHORIZED"]);
    expect(step(diagnosis, "challenge").details?.scheme).toBe("basic");
    expect(step(diagnosis, "credentials").details).toEqual({
      used: undefined,
      sources: [{ source: "/nowhere/auth.json", username: undefined, outcome: "no login" }],
    });
    expect(step(diagnosis, "credentials").error?.hint).toContain("auth login");
  });

  test("refuses a wrong login, and takes the right one of another source", async () => {
    await using dir = await tempDir();
    const host = hostOf(closed);
    const wrong = { OCI_REGISTRY: host, OCI_USERNAME: "bob", OCI_PASSWORD: "wrong" };
    const refused = await diagnose(`${host}/example/hello:1.0`, { env: wrong });
    expect(failureOf(refused)).toEqual(["credentials", "UNAUTHORIZED"]);
    expect(step(refused, "credentials").details?.sources).toEqual([
      { source: "OCI_PASSWORD", username: "bob", outcome: "refused" },
    ]);
    const file = await configWith(dir.path, host, login.password);
    const env = { ...wrong, REGISTRY_AUTH_FILE: file, GHCR_TOKEN: "other" };
    const accepted = await diagnose(`${host}/example/hello:1.0`, { env });
    expect(accepted.failure).toBeUndefined();
    expect(step(accepted, "credentials").details).toEqual({
      used: { source: file, username: "ada" },
      sources: [
        { source: "OCI_PASSWORD", username: "bob", outcome: "refused" },
        { source: "GHCR_TOKEN", username: undefined, outcome: "withheld, for it is for ghcr.io" },
        { source: file, username: "ada", outcome: "used" },
      ],
    });
    expect(step(accepted, "token").summary).toContain("not needed");
  });

  test("is told by a token service what opens which repository, and until when", async () => {
    await using dir = await tempDir();
    const host = hostOf(tokens);
    const file = await configWith(dir.path, host, login.password);
    const diagnosis = await diagnose(`${host}/private/hello:1.0`, { env: { REGISTRY_AUTH_FILE: file } });
    expect(diagnosis.failure).toBeUndefined();
    expect(step(diagnosis, "challenge").details).toEqual({
      scheme: "bearer",
      realm: service.realm,
      service: "test registry",
    });
    expect(step(diagnosis, "token").details).toMatchObject({
      scope: "repository:private/hello:pull",
      isAnonymous: false,
    });
    const expiry = Date.parse(step(diagnosis, "token").details?.expiresAt ?? "");
    expect(expiry).toBeGreaterThan(Date.now());
    const anonymous = await diagnose(`${host}/public/hello:1.0`);
    expect(step(anonymous, "token").details).toMatchObject({ isAnonymous: true });
    const refused = await diagnose(`${host}/private/hello:1.0`);
    expect(failureOf(refused)).toEqual(["credentials", "UNAUTHORIZED"]);
  });

  test("names a token service that cannot be reached, or must not be asked", async () => {
    const dead = `http://127.0.0.1:${await freePort()}/token`;
    await using gone = await startServer(challenge(dead));
    expect(failureOf(await diagnose(`${hostOf(gone)}/a/b:1`))).toEqual(["token", "NETWORK"]);
    await using steered = await startServer(challenge("ftp://example.com/token"));
    expect(failureOf(await diagnose(`${hostOf(steered)}/a/b:1`))).toEqual(["challenge", "UNAUTHORIZED"]);
  });
});

describe("TLS", () => {
  test("with an authority of one's own is shown with the certificate and who vouches for it", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "ca.pem");
    await writeFile(file, certificates.ca);
    const diagnosis = await diagnose(secureHello(), { env: { SSL_CERT_FILE: file } });
    expect(diagnosis.failure).toBeUndefined();
    expect(step(diagnosis, "tls").details).toMatchObject({
      protocol: "TLSv1.3",
      trusted: `SSL_CERT_FILE (${file})`,
      certificate: { subject: "CN=test server", issuer: "CN=test authority" },
    });
  });

  test("fails where nobody trusted has signed, and says how to trust", async () => {
    const diagnosis = await diagnose(secureHello());
    expect(failureOf(diagnosis)).toEqual(["tls", "NETWORK"]);
    expect(step(diagnosis, "tcp").status).toBe("ok");
    expect(step(diagnosis, "tls").error?.message).toContain("CN=test authority");
    expect(step(diagnosis, "tls").error?.hint).toContain("SSL_CERT_FILE");
    expect(step(diagnosis, "ping").summary).toBe("not reached");
  });

  test("fails where the certificate has expired, or is for another name", async () => {
    const expired = await createExpiredCertificates(`IP:${here}`);
    const other = await createCertificates("DNS:elsewhere.example");
    for (const [made, said] of [
      [expired, "has expired"],
      [other, "is for another name"],
    ] as const) {
      await using registry = await startRegistry({ tls: made });
      const reference = `${registry.host.replace("127.0.0.1", here)}/a/b:1`;
      const diagnosis = await diagnose(reference, { ca: made.ca });
      expect(failureOf(diagnosis)).toEqual(["tls", "NETWORK"]);
      expect(step(diagnosis, "tls").error?.message).toContain(said);
    }
  });

  test("fails where the file of authorities is not there, before anybody is asked", async () => {
    const env = { SSL_CERT_FILE: "/nowhere/ca.pem" };
    const diagnosis = await diagnose(secureHello(), { env });
    expect(failureOf(diagnosis)).toEqual(["tls", "INVALID_CONFIG"]);
    expect(step(diagnosis, "tcp").summary).toBe("not reached");
  });
});

describe("the way to a server", () => {
  test("ends at a port where nobody listens, and at a name that nobody has", async () => {
    const dead = await diagnose(`127.0.0.1:${await freePort()}/a/b:1`);
    expect(failureOf(dead)).toEqual(["tcp", "NETWORK"]);
    const unknown = await diagnose("no-such-host.invalid/a/b:1");
    expect(failureOf(unknown)).toEqual(["dns", "NETWORK"]);
    expect(step(unknown, "dns").error?.message).toContain("no-such-host.invalid");
    expect(step(unknown, "retries").status).toBe("ok");
  });

  test("leads through a proxy that a variable names, or past it", async () => {
    await using proxy = await startTinyproxy();
    const ca = certificates.ca;
    const through = await diagnose(secureHello(), { env: { HTTPS_PROXY: proxy.url }, ca });
    expect(through.failure).toBeUndefined();
    expect(step(through, "proxy").details).toMatchObject({ proxy: proxy.url, why: "HTTPS_PROXY" });
    expect(step(through, "tunnel").status).toBe("ok");
    expect(step(through, "tcp").summary).toContain("the proxy's");
    const past = await diagnose(secureHello(), {
      env: { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: here },
      ca,
    });
    expect(past.failure).toBeUndefined();
    expect(step(past, "proxy").details).toMatchObject({
      proxy: undefined,
      why: "NO_PROXY spares it the one in HTTPS_PROXY",
    });
  });

  test("ends at a proxy that is dead, does not open the way, or is no address", async () => {
    const dead = await diagnose(secureHello(), {
      env: { HTTPS_PROXY: `http://127.0.0.1:${await freePort()}` },
    });
    expect(failureOf(dead)).toEqual(["tcp", "NETWORK"]);
    expect(step(dead, "tcp").error?.hint).toContain("HTTPS_PROXY");
    await using strict = await startTinyproxy("ConnectPort 1");
    const shut = await diagnose(secureHello(), { env: { HTTPS_PROXY: strict.url } });
    expect(failureOf(shut)).toEqual(["tunnel", "NETWORK"]);
    const malformed = await diagnose(secureHello(), { env: { HTTPS_PROXY: "socks5://127.0.0.1:1" } });
    expect(failureOf(malformed)).toEqual(["proxy", "INVALID_CONFIG"]);
  });

  test("leads to a server that is no registry", async () => {
    await using web = await startServer(async () => new Response("<html>", { status: 404 }));
    const diagnosis = await diagnose(`${hostOf(web)}/a/b:1`);
    expect(failureOf(diagnosis)).toEqual(["ping", "NOT_FOUND"]);
    expect(step(diagnosis, "ping").error?.message).toContain("this is no registry");
  });

  test("shows what was waited for, and the limit that a registry announces", async () => {
    const headers = { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0" };
    let asked = 0;
    await using busy = await startServer(async () => {
      asked += 1;
      return new Response("", {
        status: asked === 1 ? 503 : 429,
        headers: { ...headers, "retry-after": "0" },
      });
    });
    const diagnosis = await diagnose(`${hostOf(busy)}/a/b:1`, {
      retry: { attempts: 2, initialMs: 0, maxMs: 0 },
    });
    expect(failureOf(diagnosis)).toEqual(["manifest", "RATE_LIMITED"]);
    expect(step(diagnosis, "retries").details?.waits[0]).toContain("answered 503");
    expect(step(diagnosis, "retries").details?.rateLimit).toContain("ratelimit-remaining 0");
  });
});

describe("mirrors", () => {
  test("are asked first; one that fails is passed over, and blocked registries are said so", async () => {
    await using dir = await tempDir();
    const conf = join(dir.path, "registries.conf");
    const port = await freePort();
    const write = (more: string): Promise<void> =>
      writeFile(conf, `[[registry]]\nprefix = "${hostOf(open)}"\nlocation = "${hostOf(open)}"\n${more}`);
    const env = { CONTAINERS_REGISTRIES_CONF: conf };
    await write(`[[registry.mirror]]\nlocation = "127.0.0.1:${port}"\n`);
    const passed = await diagnose(`${hostOf(open)}/example/hello:1.0`, { env });
    expect(passed.failure).toBeUndefined();
    expect(step(passed, "mirrors").details?.passedOver.join()).toContain(`127.0.0.1:${port}`);
    expect(step(passed, "tcp").details?.connectedTo).toBe(hostOf(open));
    await write(`[[registry.mirror]]\nlocation = "${source.host}"\n`);
    const served = await diagnose(`${hostOf(open)}/example/hello:1.0`, { env });
    expect(step(served, "tcp").details?.connectedTo).toBe(source.host);
    await write("blocked = true\n");
    const blocked = await diagnose(`${hostOf(open)}/example/hello:1.0`, { env });
    expect(failureOf(blocked)).toEqual(["mirrors", "FORBIDDEN"]);
    await writeFile(conf, "= broken");
    const broken = await diagnose(`${hostOf(open)}/example/hello:1.0`, { env });
    expect(failureOf(broken)).toEqual(["mirrors", "INVALID_CONFIG"]);
  });
});

describe("other references", () => {
  test("have fewer steps: a web address, a file, a fixture, a digest", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "hello.wasm");
    await writeFile(path, smallComponent);
    const file = await diagnose(path);
    expect(outline(file)).toEqual(["ok reference", "ok file", "ok cache"]);
    expect(step(file, "file").details?.digest).toBe(hello.contentDigest);
    const fixture = await diagnose("fixture://hello", { env: { GREENTIC_FIXTURE_DIR: dir.path } });
    expect(outline(fixture)).toEqual(["ok reference", "ok mapping", "ok file", "ok cache"]);
    expect(failureOf(await diagnose(`${path}.missing.wasm`))).toEqual(["reference", "NOT_FOUND"]);
    expect(failureOf(await diagnose(hello.contentDigest))).toEqual(["cache", "NOT_CACHED"]);
    await using web = await startServer(async () => new Response(smallComponent));
    const address = await diagnose(`${web.url}/hello.wasm?token=canary`, { allowInsecureLocalHttp: true });
    expect(outline(address)).toEqual([
      "ok reference",
      "ok config",
      "ok proxy",
      "ok dns",
      "ok tcp",
      "skipped tls",
      "ok answer",
      "ok cache",
      "ok retries",
    ]);
    expect(JSON.stringify(address)).not.toContain("canary");
    expect(failureOf(await diagnose(`${web.url}/hello.wasm`))).toEqual(["answer", "INSECURE_URL"]);
  });

  test("are mapped first, and refused where nothing says to what", async () => {
    const env = { GREENTIC_REPO_REGISTRY_BASE: `${hostOf(open)}/example` };
    const mapped = await diagnose("repo://hello:1.0", { env });
    expect(mapped.failure).toBeUndefined();
    expect(step(mapped, "mapping").details).toMatchObject({ repository: "example/hello" });
    expect(failureOf(await diagnose("repo://hello:1.0"))).toEqual(["mapping", "UNMAPPED"]);
    expect(failureOf(await diagnose("A B"))).toEqual(["reference", "INVALID_REFERENCE"]);
    expect(failureOf(await diagnose(`${hostOf(open)}/a/b:1`, { allowTags: false }))).toEqual([
      "reference",
      "TAG_REFUSED",
    ]);
  });

  test("cannot be examined offline further than the cache goes", async () => {
    const diagnosis = await diagnose(`${hostOf(open)}/example/hello:1.0`, { offline: true });
    expect(failureOf(diagnosis)).toEqual(["manifest", "OFFLINE"]);
  });

  test("are not examined once the caller has stopped", async () => {
    await using dir = await tempDir();
    await using opened = openClient(dir.path);
    const { reference } = hello;
    await expect(opened.client.diagnose(reference, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});
