import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DistClientOptions } from "../../src/index.ts";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import {
  type Certificates,
  createCertificates,
  createExpiredCertificates,
  startNginx,
  startTinyproxy,
} from "../support/servers.ts";
import { tempDir } from "../support/temp-dir.ts";
import { rejectionOf } from "../support/thrown.ts";

let server: Certificates;
let plain: Registry;
let secure: Registry;
let hello: PushedComponent;

/** This machine under an address that does not count as it: a proxy may be asked for it. */
const here = "0.0.0.0";

beforeAll(async () => {
  server = await createCertificates("DNS:localhost", "IP:127.0.0.1", `IP:${here}`);
  plain = await startRegistry();
  secure = await startRegistry({ tls: server });
  for (const registry of [plain, secure]) {
    hello = pushComponent(registry, { repository: "example/hello", tag: "1.0", wasm: smallComponent });
  }
});
afterAll(async () => {
  await plain?.[Symbol.asyncDispose]();
  await secure?.[Symbol.asyncDispose]();
});

const secureHello = (): string => `${hostOf(secure)}/example/hello:1.0`;
const hostOf = ({ host }: Registry): string => host.replace("127.0.0.1", here);

async function pull(reference: string, options: Omit<DistClientOptions, "cacheDir">) {
  await using dir = await tempDir();
  await using opened = openClient(dir.path, options);
  const { contentDigest } = await opened.client.ensureCached(reference);
  return { contentDigest, warnings: opened.warnings(), lines: opened.lines };
}

/** nginx before the plain registry. `clients`: the authority of the certificates that clients must show */
async function startTls(certificates: Certificates, clients?: string) {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "cert.pem"), certificates.cert);
  await writeFile(join(dir.path, "key.pem"), certificates.key);
  await writeFile(join(dir.path, "clients.pem"), clients ?? "");
  const asking =
    clients === undefined ? "" : `ssl_client_certificate ${dir.path}/clients.pem; ssl_verify_client on;`;
  const files = `ssl_certificate ${dir.path}/cert.pem; ssl_certificate_key ${dir.path}/key.pem;`;
  const block = `${files} ${asking} location / { proxy_pass ${plain.url}; proxy_set_header Host $http_host; }`;
  const nginx = await startNginx(block, "ssl");
  return { nginx, reference: `${new URL(nginx.url).host.replace("127.0.0.1", here)}/example/hello:1.0` };
}

describe("through tinyproxy", () => {
  test.for([
    ["", ""],
    ["BasicAuth user pass_word", "user:pass%5Fword@"],
  ])("a registry is reached over http and by CONNECT (%s)", async ([config, login]) => {
    await using proxy = await startTinyproxy(config);
    const address = proxy.url.replace("://", `://${login}`);
    const env = { HTTP_PROXY: address, HTTPS_PROXY: address };
    for (const [registry, options] of [
      [plain, { insecureRegistries: [hostOf(plain)] }],
      [secure, { ca: server.ca }],
    ] as const) {
      registry.clearLog();
      const reference = `${hostOf(registry)}/example/hello:1.0`;
      const { contentDigest } = await pull(reference, { env, ...options });
      expect(contentDigest).toBe(hello.contentDigest);
      for (const { headers } of registry.requests) {
        expect(headers["proxy-authorization"]).toBeUndefined();
        expect(headers["host"]).toBe(hostOf(registry));
      }
    }
    const log = await readFile(join(proxy.directory, "log"), "utf8");
    expect(log).toContain(`CONNECT ${hostOf(secure)} HTTP/1.1`);
    expect(log).toContain(`GET http://${hostOf(plain)}/v2/example/hello/manifests/1.0 HTTP/1.1`);
  });

  test("a login that is missing or wrong is said, with the proxy's name and without the login", async () => {
    await using proxy = await startTinyproxy("BasicAuth user right");
    for (const [login, said] of [
      ["", "asks for a login (407)"],
      // This proxy says so in its own way.
      ["user:canary@", "refuses the login that was sent (401)"],
    ] as const) {
      const env = { HTTPS_PROXY: proxy.url.replace("://", `://${login}`) };
      const error = await rejectionOf(pull(secureHello(), { env, ca: server.ca }));
      expect(error.code).toBe("NETWORK");
      expect(error.message).toContain(`the proxy ${proxy.url} (HTTPS_PROXY) ${said}`);
      expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain("canary");
    }
  });

  test("a host that it may not reach is named, with its answer", async () => {
    await using proxy = await startTinyproxy("ConnectPort 1");
    const env = { HTTPS_PROXY: proxy.url };
    const error = await rejectionOf(pull(secureHello(), { env, ca: server.ca }));
    expect(error.message).toContain(
      `(HTTPS_PROXY) answered 403 to the wish for a connection to ${hostOf(secure)}`,
    );
  });

  test("what NO_PROXY names does not go", async () => {
    const env = { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: `10.0.0.0/8, ${here}` };
    const { contentDigest } = await pull(secureHello(), { env, ca: server.ca });
    expect(contentDigest).toBe(hello.contentDigest);
  });
});

describe("authorities", () => {
  test.for([
    ["SSL_CERT_FILE", "ca.pem"],
    ["NODE_EXTRA_CA_CERTS", "ca.pem"],
    ["SSL_CERT_DIR", ""],
  ])("are found where %s says", async ([variable, name]) => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "ca.pem"), `# ours\n${server.ca}`);
    const { contentDigest } = await pull(secureHello(), { env: { [variable!]: join(dir.path, name!) } });
    expect(contentDigest).toBe(hello.contentDigest);
  });

  test("in a folder are found by their hashed names, and a folder that is not there has none", async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "0a1b2c3d.0"), server.ca);
    await writeFile(join(dir.path, "README"), "not a certificate");
    await mkdir(join(dir.path, "empty"));
    const folders = [join(dir.path, "missing"), join(dir.path, "empty"), dir.path];
    const env = { SSL_CERT_DIR: folders.join(":") };
    expect((await pull(secureHello(), { env })).contentDigest).toBe(hello.contentDigest);
    const none = await rejectionOf(
      pull(secureHello(), { env: { SSL_CERT_DIR: folders.slice(0, 2).join(":") } }),
    );
    expect(none).toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("no certificate is"),
    });
  });

  test.for(["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"])("that %s names are needed", async (variable) => {
    await using dir = await tempDir();
    const path = join(dir.path, "ca.pem");
    const missing = await rejectionOf(pull(secureHello(), { env: { [variable]: path } }));
    expect(missing).toMatchObject({
      code: "INVALID_CONFIG",
      message: `${variable} names \`${path}\`, which cannot be read (ENOENT)`,
    });
    await writeFile(path, "-----BEGIN PRIVATE KEY-----");
    const empty = await rejectionOf(pull(secureHello(), { env: { [variable]: path } }));
    expect(empty.message).toBe(`${variable} names \`${path}\`, which holds no PEM certificate`);
    const folder = await rejectionOf(pull(secureHello(), { env: { [variable]: dir.path } }));
    expect(folder.message).toBe(`${variable} names \`${dir.path}\`, which is no regular file`);
  });

  test("of the whole machine are asked when Node's do not vouch for a server, unless the mode is strict", async () => {
    const usual = await rejectionOf(pull(secureHello(), {}));
    expect(usual.details).toMatchObject({ trusted: expect.stringMatching(/^Node\.js's own list/) });
    const strict = await rejectionOf(pull(secureHello(), { tlsMode: "strict" }));
    expect(strict.message).toContain("is not signed by a trusted authority");
    expect(strict.details).toMatchObject({ trusted: "Node.js's own list" });
  });

  test("count although the mode is `disabled`, which is said", async () => {
    await using dir = await tempDir();
    await using opened = openClient(dir.path, { tlsMode: "disabled" });
    const error = await rejectionOf(opened.client.ensureCached(secureHello()));
    expect(error.message).toContain("is not signed by a trusted authority");
    expect(opened.warnings()).toEqual(["TLS_MODE_IGNORED"]);
  });

  test("of one host are not those of another", async () => {
    await using other = await startRegistry({ tls: server });
    const tls = { [hostOf(secure)]: { ca: server.ca } };
    expect((await pull(secureHello(), { tls })).contentDigest).toBe(hello.contentDigest);
    const error = await rejectionOf(pull(`${hostOf(other)}/example/hello:1.0`, { tls }));
    expect(error.message).toContain("is not signed by a trusted authority");
  });
});

describe("certificates of a server behind nginx", () => {
  test("that have expired are refused, with their dates and what to do", async () => {
    const expired = await createExpiredCertificates(`IP:${here}`);
    const { nginx, reference } = await startTls(expired);
    await using _ = nginx;
    const error = await rejectionOf(pull(reference, { ca: expired.ca }));
    expect(error.code).toBe("NETWORK");
    expect(error.message).toMatch(
      / has expired: CN=test server for IP Address:0\.0\.0\.0, issued by CN=test authority, valid from .* GMT/,
    );
    expect(error.hint).toContain("renew");
    expect(error.details).toMatchObject({ certificate: { validTo: expect.stringMatching(/GMT$/) } });
  });

  test("for another name are refused, with the names that they are for", async () => {
    const other = await createCertificates("DNS:elsewhere.example");
    const { nginx, reference } = await startTls(other);
    await using _ = nginx;
    const error = await rejectionOf(pull(reference, { ca: other.ca }));
    expect(error.message).toContain("is for another name: CN=test server for DNS:elsewhere.example");
  });

  test("that asks for one is shown ours, and nobody else is", async () => {
    const us = await createCertificates("DNS:client");
    const { nginx, reference } = await startTls(server, us.ca);
    await using _ = nginx;
    const host = reference.split("/")[0]!;
    const ours = { ca: server.ca, cert: us.cert, key: us.key };
    expect((await pull(reference, { tls: { [host]: ours } })).contentDigest).toBe(hello.contentDigest);
    for (const tls of [{ [host]: { ca: server.ca } }, { [`${here}:1`]: ours }]) {
      const error = await rejectionOf(pull(reference, { ca: server.ca, tls }));
      expect(error.message).toContain("answered 400");
    }
    const mixed = { [host]: { ...ours, key: server.key } };
    expect(await rejectionOf(pull(reference, { tls: mixed }))).toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(
        `the certificates for ${host} from the options for ${host} cannot be used`,
      ),
    });
  });
});
