import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { startRawServer } from "../support/raw-server.ts";
import { createCommand } from "./support/command.ts";

let registry: Registry;
let port: string;

beforeAll(async () => {
  registry = await startRegistry();
  port = new URL(registry.url).port;
  pushComponent(registry, { repository: "example/hello", tag: "1.0", wasm: smallComponent });
});
afterAll(() => registry?.[Symbol.asyncDispose]());

test("--insecure-registry lets plain http be spoken to the host that it names, and to no other", async () => {
  await using command = await createCommand();
  const heard: string[] = [];
  await using other = await startRawServer((_, head) => heard.push(head), undefined, "0.0.0.0");
  const named = `0.0.0.0:${port}`;
  const stranger = `0.0.0.0:${new URL(other.url).port}`;
  const options = ["--insecure-registry", named];
  expect((await command.run(["pull", `${named}/example/hello:1.0`, ...options])).code).toBe(0);
  const env = { GREENTIC_OCI_RETRY_ATTEMPTS: "1" };
  const refused = await command.run(["pull", `${stranger}/example/hello:1.0`, ...options], { env });
  expect(refused).toMatchObject({ code: 7, stdout: "" });
  expect(heard).toEqual([]);
});

test("the password of a proxy is in nothing that is written, whatever goes wrong", async () => {
  await using good = await startForwardProxy({ login: "Basic dXNlcjpjYW5hcnk=" });
  await using bad = await startForwardProxy({ login: "Basic other" });
  const host = `0.0.0.0:${port}`;
  for (const [proxy, code] of [
    [good.url, 0],
    [bad.url, 7],
    ["http://127.0.0.1:1", 7],
    ["socks5://127.0.0.1:1", 2],
    ["http://127.0.0.1:99999", 2],
  ] as const) {
    for (const form of ["--json", "--verbose"]) {
      await using command = await createCommand();
      const env = { http_proxy: proxy.replace("://", "://user:canary@"), GREENTIC_OCI_RETRY_ATTEMPTS: "1" };
      const args = ["pull", `${host}/example/hello:1.0`, "--insecure-registry", host, form];
      const result = await command.run(args, { env });
      expect({ proxy, code: result.code }).toEqual({ proxy, code });
      expect(result.stdout + result.stderr).not.toMatch(/canary|dXNlcjpjYW5hcnk/);
      const files = await readdir(command.directory, { recursive: true, withFileTypes: true });
      for (const file of files.filter((entry) => entry.isFile())) {
        const text = await readFile(join(file.parentPath, file.name), "latin1");
        expect(text).not.toMatch(/canary|dXNlcjpjYW5hcnk/);
      }
    }
  }
});

test("a proxy that cannot be used troubles nobody who needs none", async () => {
  await using command = await createCommand();
  const env = { HTTPS_PROXY: "socks5://nowhere", HTTP_PROXY: "socks5://nowhere", SSL_CERT_FILE: "/nowhere" };
  const reference = `127.0.0.1:${port}/example/hello:1.0`;
  expect((await command.run(["pull", reference], { env })).code).toBe(0);
  expect((await command.run(["--offline", "pull", reference], { env })).code).toBe(0);
});
