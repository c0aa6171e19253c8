import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createTenantCtx,
  DistClient,
  type DistClientOptions,
  distributorClientConfigFromGreentic,
  HttpDistributorClient,
  loadGreenticConfig,
} from "../../src/index.ts";
import { startServer } from "../support/http-server.ts";
import { startRawServer } from "../support/raw-server.ts";
import { tempDir, type TempDir } from "../support/temp-dir.ts";
import { rejectionOf } from "../support/thrown.ts";

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir[Symbol.asyncDispose]());

async function write(path: string, text: string): Promise<string> {
  const file = join(dir.path, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

describe("loadGreenticConfig", () => {
  test("gives what a distributor's client is made of", async () => {
    const received: Headers[] = [];
    await using server = await startServer(async (request) => {
      received.push(request.headers);
      return Response.json({ path: new URL(request.url).search });
    });
    await write(
      ".greentic/config.toml",
      '[environment]\nenv_id = "staging"\n[network]\nread_timeout_ms = 2500\n',
    );
    const env = {
      GREENTIC_DISTRIBUTOR_BASE_URL: server.url,
      GREENTIC_DISTRIBUTOR_TENANT_ID: "tenant-a",
      GREENTIC_DISTRIBUTOR_TOKEN: "s3cret",
      GREENTIC_DISTRIBUTOR_HEADERS: "X-Route=blue",
    };

    const config = await loadGreenticConfig({ env, cwd: dir.path });
    const tenant = createTenantCtx("ignored", config.distributor?.tenant_id ?? "");
    const clientConfig = distributorClientConfigFromGreentic(config, tenant);
    const client = new HttpDistributorClient(clientConfig);
    const answer = await client.getPackStatus(clientConfig.tenant, clientConfig.environmentId, "pack-1");

    expect(clientConfig).toMatchObject({
      environmentId: "staging",
      requestTimeoutMs: 2500,
      tlsMode: "system",
    });
    expect(answer).toEqual({ path: "?tenant_id=tenant-a&environment_id=staging&pack_id=pack-1" });
    const [headers] = received;
    expect(headers?.get("authorization")).toBe("Bearer s3cret");
    expect(headers?.get("x-route")).toBe("blue");
  });

  test("reads nothing around the program with an empty environment", async () => {
    expect(await loadGreenticConfig({ env: {} })).toMatchObject({
      environment: { env_id: "dev" },
      distributor: { base_url: undefined, token: undefined },
    });
  });

  test("tells of keys that nobody knows", async () => {
    const path = await write(".greentic/config.toml", "[netwrok]");
    const warnings: string[] = [];
    await loadGreenticConfig({ env: {}, cwd: dir.path, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([`${path}:1: unknown key \`netwrok\``]);
  });

  test("sends no secret of the user to a server that a project names", async () => {
    const project = await write(
      "p/.greentic/config.toml",
      '[distributor]\nbase_url = "https://evil.example"',
    );
    await write("u/greentic/config.toml", '[distributor]\ntoken = "s3cret"');
    const search = { cwd: join(dir.path, "p"), env: { XDG_CONFIG_HOME: join(dir.path, "u") } };
    const error = await rejectionOf(loadGreenticConfig(search));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", details: { path: project, line: 2 } });
    expect(error.message).not.toContain("s3cret");
    const trusted = { ...search.env, GREENTIC_DISTRIBUTOR_BASE_URL: "https://evil.example" };
    const config = await loadGreenticConfig({ ...search, env: trusted });
    expect(config.distributor?.token).toBe("s3cret");
  });
});

function openClient(options: DistClientOptions = {}): DistClient {
  return new DistClient({
    cwd: dir.path,
    env: { HTTPS_PROXY: "http://127.0.0.1:1" },
    cacheDir: join(dir.path, "cache"),
    retry: { attempts: 1 },
    ...options,
  });
}

describe("a client", () => {
  // No port of any server: what is refused there shows where the request was sent.
  const url = "https://registry.invalid/hello.wasm";

  test("goes through the proxy of the configuration, and names the line that says so", async () => {
    await using proxy = await startRawServer((socket) =>
      socket.write("HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n"),
    );
    const path = await write(".greentic/config.toml", `[network]\nproxy_url = "${proxy.url}"`);
    await using client = openClient();
    const { message } = await rejectionOf(client.ensureCached(url));
    expect(message).toContain(`the proxy ${proxy.url} (network.proxy_url in ${path}:2) answered 502`);
  });

  test("goes by its options where they say something", async () => {
    await write(".greentic/config.toml", '[network]\nproxy_url = "http://127.0.0.1:9"');
    await using client = openClient({ proxy: "http://127.0.0.1:2" });
    expect((await rejectionOf(client.ensureCached(url))).message).toContain(
      "127.0.0.1:2 (the `proxy` option)",
    );
  });

  test("waits as long as the configuration says", async () => {
    await using silent = await startServer(() => new Promise<Response>(() => undefined));
    await write(".greentic/config.toml", "[network]\nread_timeout_ms = 300");
    await using client = openClient({ allowInsecureLocalHttp: true });
    const error = await rejectionOf(client.ensureCached(`${silent.url}/hello.wasm`));
    expect(error).toMatchObject({ code: "TIMEOUT", details: { phase: "headers" } });
  });
});
