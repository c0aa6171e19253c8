import { execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { projectPath } from "../support/project-path.ts";
import { startRegistry } from "../support/registry.ts";
import { type Command, createCommand, parseError, pretty } from "./support/command.ts";

async function write(command: Command, path: string, text: string): Promise<string> {
  const file = join(command.directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const canary = "hunter2";

describe("config show", () => {
  test("prints a table that lines up: each key, its value, and the place that it comes from", async () => {
    await using command = await createCommand();
    const project = await write(
      command,
      ".greentic/config.toml",
      '[environment]\nenv_id = "staging"\n\n[network]\nread_timeout_ms = 20000\nproxy_url = "http://proxy:3128"\n',
    );
    const user = await write(
      command,
      ".config/greentic/config.json",
      `{"environment": {"env_id": "mine"},\n "distributor": {"token": "${canary}"},\n "network": {"proxy_url": "http://ada:${canary}@proxy:3128"}}`,
    );
    const { code, stdout, stderr } = await command.run(
      ["config", "show", "--insecure-registry", "Registry.local:5000", "--insecure-registry", "b"],
      { env: { GREENTIC_NETWORK_TLS_MODE: "strict", GREENTIC_DISTRIBUTOR_HEADERS: `X-Key=${canary},b=c` } },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`\
KEY                         VALUE                   FROM
environment.env_id          staging                 ${project}:2
network.proxy_url           http://proxy:3128       ${project}:6
network.tls_mode            strict                  GREENTIC_NETWORK_TLS_MODE
network.connect_timeout_ms  -                       default
network.read_timeout_ms     20000                   ${project}:5
distributor.base_url        -                       default
distributor.tenant_id       -                       default
distributor.token           ***                     ${user}:2
distributor.headers         x-key=***, b=***        GREENTIC_DISTRIBUTOR_HEADERS
dist.insecure_registries    registry.local:5000, b  --insecure-registry
`);
  });

  test("shows no secret, wherever it stands", async () => {
    await using command = await createCommand();
    const env = {
      GREENTIC_NETWORK_PROXY_URL: `http://ada:${canary}@proxy:3128`,
      GREENTIC_DISTRIBUTOR_TOKEN: canary,
      GREENTIC_DISTRIBUTOR_HEADERS: `authorization=${canary}`,
    };
    for (const args of [
      ["config", "show"],
      ["config", "show", "--json"],
      ["config", "show", "--verbose"],
    ]) {
      const { code, stdout, stderr } = await command.run(args, { env });
      expect(code).toBe(0);
      expect(stdout).toContain("http://***@proxy:3128");
      expect(stdout + stderr).not.toContain(canary);
    }
  });

  test("prints JSON with the file and the line apart", async () => {
    await using command = await createCommand();
    const path = await write(command, ".greentic/config.toml", "network.read_timeout_ms = 5");
    const { stdout } = await command.run(["config", "show", "--json"]);
    const rows = JSON.parse(stdout) as readonly { readonly key: string }[];
    expect(stdout).toBe(pretty(rows));
    expect(rows.find(({ key }) => key === "network.read_timeout_ms")).toEqual({
      key: "network.read_timeout_ms",
      value: 5,
      from: "project",
      name: null,
      path,
      line: 1,
      variable: "GREENTIC_NETWORK_READ_TIMEOUT_MS",
    });
  });

  test("says on stderr which keys nobody knows, and exits with 2 for what is wrong", async () => {
    await using command = await createCommand();
    const path = await write(command, ".greentic/config.toml", "[netwrok]\nx = 1");
    const { code, stderr } = await command.run(["config", "show"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `warning: ${path}:1: unknown key \`netwrok\`\n` });
    await writeFile(path, "\n[network]\nread_timeout_ms = '5'");
    const wrong = await command.run(["config", "show", "--json"]);
    expect({ code: wrong.code, stdout: wrong.stdout }).toEqual({ code: 2, stdout: "" });
    expect(parseError(wrong.stderr)).toMatchObject({
      code: "INVALID_CONFIG",
      details: { path, key: "network.read_timeout_ms", line: 3 },
    });
  });
});

/** A program that asks a registry which is not there, and prints what comes of it. */
const programWith = (options: string): string => `
  import { DistClient } from ${JSON.stringify(pathToFileURL(projectPath("dist/index.js")).href)};
  const client = new DistClient({ ${options} cacheDir: "cache", retry: { attempts: 1 } });
  await client.ensureCached("oci://127.0.0.1:1/a:1").catch((error) => console.log(error.code));`;

test("the library reads the files around it, unless its environment is empty", async () => {
  await using command = await createCommand();
  const path = await write(command, ".greentic/config.toml", "[network");
  const run = (options: string): string =>
    execFileSync(process.execPath, ["--input-type=module", "-e", programWith(options)], {
      cwd: command.directory,
      encoding: "utf8",
    });
  expect({ path, said: run("") }).toEqual({ path, said: "INVALID_CONFIG\n" });
  expect(run("env: {},")).toBe("NETWORK\n");
});

test("config path names each file that is looked at, and whether it is there", async () => {
  await using command = await createCommand();
  const project = await write(command, "p/.greentic/config.json", "{}");
  const cwd = join(command.directory, "p", "deep", "er");
  await mkdir(cwd, { recursive: true });
  const { stdout } = await command.run(["config", "path"], { cwd });
  const folder = join(command.directory, ".config", "greentic");
  expect(stdout.split("\n")).toEqual([
    `project  absent   ${project.replace("json", "toml")}`,
    `project  present  ${project}`,
    `user     absent   ${join(folder, "config.toml")}`,
    `user     absent   ${join(folder, "config.json")}`,
    "",
  ]);
});

describe("a pull", () => {
  test("stops at a configuration that is wrong before it asks anybody, and needs none for what is cached", async () => {
    await using command = await createCommand();
    await using registry = await startRegistry();
    const { reference, manifestDigest } = pushComponent(registry, {
      repository: "a/b",
      wasm: smallComponent,
    });
    const path = await write(command, ".greentic/config.toml", "[network]\ntls_mode = 1");
    const { code, stderr } = await command.run(["pull", reference]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `error: ${path}:2: network.tls_mode is 1, expected disabled, system, strict\nhint: as in "system"\n`,
    );
    expect(registry.requests).toEqual([]);
    await writeFile(path, "[netwrok]\n");
    expect((await command.run(["pull", reference])).stderr).toContain(`${path}:1: unknown key \`netwrok\``);
    await writeFile(path, "[network");
    expect(await command.run(["pull", manifestDigest])).toMatchObject({ code: 0, stderr: "" });
  });

  // Only root can give a file to somebody else.
  test.runIf(process.getuid?.() === 0)("does not go by what another user left", async () => {
    await using command = await createCommand();
    const path = await write(command, ".greentic/config.toml", "");
    execFileSync("chown", ["65533", path]);
    await chmod(command.directory, 0o777);
    const through = ["setpriv", "--reuid=65534", "--clear-groups"];
    const { code, stderr } = await command.run(["config", "show"], { through });
    expect(code).toBe(2);
    expect(stderr).toContain(`\`${path}\` belongs to another user (65533, this one is 65534)`);
  });
});
