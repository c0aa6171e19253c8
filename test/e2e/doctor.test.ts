import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { canary, canaryLogin, canaryTraces, plantCanaries } from "../support/canary.ts";
import { requireBasic } from "../support/registry-auth.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Certificates, createCertificates, freePort } from "../support/servers.ts";
import { type Command, createCommand } from "./support/command.ts";

/** This machine under an address that does not count as it. */
const here = "0.0.0.0";

let open: Registry;
let closed: Registry;
let secure: Registry;
let certificates: Certificates;
let hello: PushedComponent;
let command: Command;

beforeAll(async () => {
  certificates = await createCertificates(`IP:${here}`);
  open = await startRegistry();
  closed = await startRegistry({ wrap: requireBasic(canaryLogin) });
  secure = await startRegistry({ tls: certificates });
  for (const registry of [open, closed, secure]) {
    hello = pushComponent(registry, { repository: "acme/hello", tag: "1.0", wasm: smallComponent });
  }
});
afterAll(async () => {
  for (const registry of [open, closed, secure]) await registry?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  command = await createCommand();
});
afterEach(() => command[Symbol.asyncDispose]());

/** A text of the command, with what differs from run to run named. */
function steady(text: string): string {
  return text
    .replaceAll(command.directory, "DIR")
    .replaceAll(hello.manifestDigest, "MANIFEST")
    .replaceAll(hello.contentDigest, "CONTENT")
    .replaceAll(/(127\.0\.0\.1|0\.0\.0\.0):\d+/g, "$1:PORT")
    .replaceAll(/(valid from|to) [A-Z][a-z]{2} [\d :]+ GMT/g, "$1 DATE")
    .replaceAll(/\d+ bytes/g, "N bytes")
    .replaceAll(/ +$/gm, "");
}

test("all is well: every step says what was found", async () => {
  const { code, stdout, stderr } = await command.run(["doctor", `${open.host}/acme/hello:1.0`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(steady(stdout)).toMatchInlineSnapshot(`
    "ok       reference    127.0.0.1:PORT, repository acme/hello, tag 1.0
    ok       config       no file
    ok       mirrors      none
    ok       proxy        none: no variable, option or configuration names one
    ok       dns          127.0.0.1 is an address: nothing to look up
    ok       tcp          connected to 127.0.0.1:PORT
    skipped  tls          plain http: the server is on this machine
    ok       ping         GET http://127.0.0.1:PORT/v2/ answered 200
    skipped  challenge    none: the registry asks for no login
    skipped  credentials  not needed: nobody asked for a login
    skipped  token        not needed: nobody asked for one
    ok       manifest     MANIFEST
                          application/vnd.oci.image.manifest.v1+json, N bytes
                          fetched just now
    skipped  platform     one manifest for all: it is no index
    ok       layer        application/vnd.wasm.component.v1+wasm, N bytes
                          CONTENT
                          chosen because of the layers here its media type ranks first
    ok       cache        not held: a pull downloads N bytes
    ok       retries      up to 5 attempts, up to 250 ms before the second, never more than 4000 ms unless the server asks
    "
  `);
});

test("a login is refused: the sources are listed, and what to do comes after them", async () => {
  const env = { OCI_REGISTRY: closed.host, OCI_USERNAME: "bob", OCI_PASSWORD: `${canary}-wrong` };
  const { code, stdout, stderr } = await command.run(["doctor", `${closed.host}/acme/hello:1.0`], { env });
  expect({ code, stderr }).toEqual({ code: 5, stderr: "" });
  expect(steady(stdout)).toMatchInlineSnapshot(`
    "ok       reference    127.0.0.1:PORT, repository acme/hello, tag 1.0
    ok       config       no file
    ok       mirrors      none
    ok       proxy        none: no variable, option or configuration names one
    ok       dns          127.0.0.1 is an address: nothing to look up
    ok       tcp          connected to 127.0.0.1:PORT
    skipped  tls          plain http: the server is on this machine
    ok       ping         GET http://127.0.0.1:PORT/v2/ answered 401
    ok       challenge    basic
    failed   credentials  failed to pull \`127.0.0.1:PORT/acme/hello:1.0\`: UNAUTHORIZED: authentication required
                          OCI_PASSWORD: bob, refused
                          DIR/.docker/config.json: no login
                          DIR/.run/containers/auth.json: no login
                          DIR/.config/containers/auth.json: no login
                          DIR/.config/greentic/dist/auth.json: no login
                          hint: log in with \`greentic-dist auth login 127.0.0.1:PORT\`; \`greentic-dist auth status 127.0.0.1:PORT\` shows which logins are known
    skipped  token        not reached
    skipped  manifest     not reached
    skipped  platform     not reached
    skipped  layer        not reached
    ok       cache        not held
    ok       retries      up to 5 attempts, up to 250 ms before the second, never more than 4000 ms unless the server asks
    "
  `);
});

test("a private authority: TLS fails, and the variables that make it trusted are named", async () => {
  const reference = `${secure.host.replace("127.0.0.1", here)}/acme/hello:1.0`;
  const { code, stdout, stderr } = await command.run(["doctor", reference]);
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
  expect(steady(stdout)).toMatchInlineSnapshot(`
    "ok       reference    0.0.0.0:PORT, repository acme/hello, tag 1.0
    ok       config       no file
    ok       mirrors      none
    ok       proxy        none: no variable, option or configuration names one
    ok       dns          0.0.0.0 is an address: nothing to look up
    ok       tcp          connected to 127.0.0.1:PORT
    failed   tls          the certificate of 0.0.0.0:PORT is not signed by a trusted authority: CN=test server for IP Address:0.0.0.0, issued by CN=test authority, valid from DATE to DATE; trusted: Node.js's own list and /etc/ssl/certs/ca-certificates.crt
                          hint: if an authority of your own signed it, name its PEM file in NODE_EXTRA_CA_CERTS (in addition to the usual ones), in SSL_CERT_FILE (in their place), or in certs.d/HOST (for one host; docs/networks.md)
    skipped  ping         not reached
    skipped  challenge    not reached
    skipped  credentials  not reached
    skipped  token        not reached
    skipped  manifest     not reached
    skipped  platform     not reached
    skipped  layer        not reached
    ok       cache        not held
    ok       retries      up to 5 attempts, up to 250 ms before the second, never more than 4000 ms unless the server asks
    "
  `);
  const file = join(command.directory, "ca.pem");
  await writeFile(file, certificates.ca);
  const trusting = await command.run(["doctor", reference], { env: { SSL_CERT_FILE: file } });
  expect(trusting.code).toBe(0);
});

test("has marks and colours on a terminal, and words without them elsewhere", async () => {
  const reference = `127.0.0.1:${await freePort()}/acme/hello:1.0`;
  const through = ["sh", "-c", 'exec script -qec "$*" /dev/null', "sh"];
  const onTerminal = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const args = ["doctor", reference, "--retries", "0"];
    const { code, stdout } = await command.run(args, { through, env: { TERM: "xterm", ...env } });
    expect(code).toBe(7);
    return stdout;
  };
  const coloured = await onTerminal({});
  expect(coloured).toContain("\u001b[31m✗");
  expect(stripVTControlCharacters(coloured)).toMatch(/^✓ {2}reference /);
  const plain = await onTerminal({ NO_COLOR: "1" });
  expect(plain).not.toContain("\u001b[");
  expect(plain).toMatch(/^failed +tcp /m);
});

test("prints every detail as JSON, with stable names", async () => {
  const { code, stdout } = await command.run(["--json", "doctor", `${open.host}/acme/hello:9`]);
  expect(code).toBe(3);
  const steps = JSON.parse(stdout) as Readonly<Record<string, unknown>>[];
  const names = steps.map(({ name }) => name).join(" ");
  expect(names).toBe(
    "reference config mirrors proxy dns tcp tls ping challenge credentials token manifest platform layer cache retries",
  );
  for (const step of steps) {
    expect(Object.keys(step)).toEqual(["name", "status", "summary", "notes", "details", "error"]);
  }
  expect(steps.find(({ name }) => name === "tcp")?.["details"]).toEqual({ connected_to: open.host });
  expect(steps.find(({ name }) => name === "manifest")).toMatchObject({
    status: "failed",
    error: { code: "NOT_FOUND" },
  });
});

test("with a secret in every source, none is in any output", async () => {
  const { host } = closed;
  const env = {
    ...(await plantCanaries({ home: command.directory, host, namespace: "acme" })).env,
    HTTPS_PROXY: `http://user:${canary}-proxy@127.0.0.1:1`,
    HTTP_PROXY: `http://user:${canary}-proxy@127.0.0.1:1`,
  };
  const texts: string[] = [];
  for (const reference of [
    `${host}/acme/hello:1.0`,
    `${secure.host.replace("127.0.0.1", here)}/acme/hello:1.0`,
    `https://user:${canary}@${secure.host.replace("127.0.0.1", here)}/x.wasm?sig=${canary}#${canary}`,
    `user:${canary}@${host}/acme/hello:1.0`,
    "store://greentic-biz/acme/hello:1.0",
  ]) {
    for (const flags of [[], ["--json"], ["--verbose"], ["--progress", "json"]]) {
      const offline = reference.startsWith("store:") ? ["--offline"] : [];
      const { code, stdout, stderr } = await command.run(
        [...flags, ...offline, "doctor", reference, "--retries", "0"],
        { env },
      );
      expect(code).not.toBe(10);
      texts.push(stdout, stderr);
    }
  }
  // Every login was offered: a secret had its chance to be shown.
  expect(texts.join("\n")).toContain("kept, refused");
  for (const trace of canaryTraces) expect(texts.join("\n")).not.toContain(trace);
});
