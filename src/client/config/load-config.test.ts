import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DistError } from "../../core/index.ts";
import { tempDir, type TempDir } from "../../../test/support/temp-dir.ts";
import { rejectionOf } from "../../../test/support/thrown.ts";
import { Secret } from "../../registry/index.ts";
import { type ConfigKey, configKeyNames, configKeys, variableOf } from "./config-keys.ts";
import { type Config, type ConfigOptions, loadConfig } from "./load-config.ts";

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir[Symbol.asyncDispose]());

interface Setting {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly project?: string | Uint8Array | undefined;
  readonly user?: string | undefined;
  /** Name of both files. Default: `config.toml`. */
  readonly name?: string | undefined;
  readonly options?: ConfigOptions | undefined;
}

/** A folder of a project and one of a user, and what is loaded from there. */
async function load({ env, project, user, name = "config.toml", options }: Setting): Promise<Config> {
  const root = join(dir.path, crypto.randomUUID());
  const folders = { project: join(root, "p", ".greentic"), user: join(root, "u", "greentic") };
  for (const [folder, text] of [
    [folders.project, project],
    [folders.user, user],
  ] as const) {
    await mkdir(folder, { recursive: true });
    if (text !== undefined) await writeFile(join(folder, name), text);
  }
  const search = {
    env: { ...env, XDG_CONFIG_HOME: join(root, "u") },
    cwd: join(root, "p"),
    platform: "linux",
  };
  return loadConfig(search, options);
}

/** The message of a configuration that is refused, without the folder it lies in. */
async function refused(setting: Setting): Promise<DistError<"INVALID_CONFIG">> {
  const error = await rejectionOf(load(setting));
  if (error.code !== "INVALID_CONFIG") throw error;
  return error as DistError<"INVALID_CONFIG">;
}
const shortened = ({ message }: DistError): string => message.replaceAll(/[^` ]*\/(?=[pu]\/)/g, "");

/** A value of each key for each source: as a file has it, as a variable has it, and as it is meant. */
interface Sample {
  readonly json: unknown;
  readonly text: string;
  readonly meant?: unknown;
}
const samples: Readonly<Record<ConfigKey, (id: number) => Sample>> = {
  "environment.env_id": (id) => ({ json: `e.n-v_${id}`, text: `e.n-v_${id}` }),
  "network.proxy_url": (id) => ({ json: `http://u:p@proxy:${id}`, text: `http://u:p@proxy:${id}` }),
  "network.tls_mode": (id) => ({ json: id < 2 ? "strict" : "system", text: "strict" }),
  "network.connect_timeout_ms": (id) => ({ json: id + 1, text: `${id + 1}` }),
  "network.read_timeout_ms": (id) => ({ json: 2_147_483_647 - id, text: `${2_147_483_647 - id}` }),
  "distributor.base_url": (id) => ({ json: `https://d/${id}`, text: `https://d/${id}` }),
  "distributor.tenant_id": (id) => ({ json: `t${id}`, text: `t${id}` }),
  "distributor.token": (id) => ({ json: `s=${id}`, text: `s=${id}` }),
  "distributor.headers": (id) => ({
    json: { "X-A": `${id}=`, b: "c" },
    text: `X-A=${id}=, b=c`,
    meant: { "x-a": `${id}=`, b: "c" },
  }),
  "dist.insecure_registries": (id) => ({
    json: [`A:${id}`, "b"],
    text: `A:${id}, b`,
    meant: [`a:${id}`, "b"],
  }),
};

/** Secrets cannot be compared otherwise. */
function plain(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** A file that sets one key, in its third line. */
function fileWith(key: ConfigKey, value: unknown, name: string): string {
  const [table = "", field = ""] = key.split(".");
  if (name === "config.json") return `{\n"${table}": {\n"${field}": ${JSON.stringify(value)}}}`;
  const inline = JSON.stringify(value).replaceAll('":', '" = ');
  return `# a file\n[${table}] # of a test\n${field} = ${inline}\n`;
}

describe("precedence", () => {
  const forms = fc.constantFrom("config.toml", "config.json");
  const has = fc.record({
    option: fc.boolean(),
    variable: fc.boolean(),
    project: fc.boolean(),
    user: fc.boolean(),
  });
  test("the value that counts is that of the highest source that has one", async () => {
    const each = fc.asyncProperty(
      fc.constantFrom(...configKeyNames),
      has,
      forms,
      async (key, given, name) => {
        const sources = ["option", "variable", "project", "user"] as const;
        // What a project's file must not say is another test's.
        const present = sources.filter(
          (from) => given[from] && !(key === "dist.insecure_registries" && from === "project"),
        );
        const [option, variable, project, user] = sources.map((from, id) =>
          present.includes(from) ? samples[key](id) : undefined,
        );
        const config = await load({
          options: option && { [key]: { value: option.meant ?? option.json, name: "--option" } },
          env: variable && { [variableOf(key)]: variable.text },
          project: project && fileWith(key, project.json, name),
          user: user && fileWith(key, user.json, name),
          name,
        });
        const winner = option ?? variable ?? project ?? user;
        const { value, origin } = config.get(key);
        const { from } = origin;
        expect({ from, value: plain(value) }).toEqual({
          from: present[0] ?? "default",
          value: winner === undefined ? configKeys[key].fallback : (winner.meant ?? winner.json),
        });
        expect(origin).toMatchObject(
          {
            option: { name: "--option" },
            variable: { name: variableOf(key) },
            project: { line: 3 },
            user: { line: 3 },
            default: {},
          }[from],
        );
      },
    );
    await fc.assert(each, { numRuns: 500 });
  });

  test("every key has its own variable, formed the same way", () => {
    expect(configKeyNames.map(variableOf)).toContain("GREENTIC_ENVIRONMENT_ENV_ID");
    expect(configKeyNames.map(variableOf)).toContain("GREENTIC_NETWORK_PROXY_URL");
    expect(new Set(configKeyNames.map(variableOf)).size).toBe(configKeyNames.length);
  });

  test("the environment is dev when nobody says otherwise", async () => {
    const config = await load({});
    expect(config.get("environment.env_id")).toEqual({
      value: "dev",
      shown: "dev",
      origin: { from: "default" },
    });
  });
});

describe("what is wrong", () => {
  test.each<[what: string, toml: string, message: RegExp]>([
    [
      "a number that is text",
      '[network]\n\nread_timeout_ms = "abc"',
      /^p\/.greentic\/config.toml:3: network.read_timeout_ms is `abc`, expected a whole number of milliseconds from 1 to 2147483647$/,
    ],
    [
      "a number that is none of milliseconds",
      "network.read_timeout_ms = 1.5",
      /:1: network.read_timeout_ms is 1.5, expected/,
    ],
    ["no time at all", "[network]\nconnect_timeout_ms = 0", /:2: network.connect_timeout_ms is 0, expected/],
    [
      "a word that is not known",
      "[network]\ntls_mode = 'lax'",
      /:2: network.tls_mode is `lax`, expected disabled, system, strict$/,
    ],
    ["a date", "[environment]\nenv_id = 1979-05-27", /:2: environment.env_id is a date, expected letters/],
    ["a list", "[environment]\nenv_id = [\n]", /:2: environment.env_id is a list/],
    ["a table", "[environment.env_id]\nx = 1", /:1: environment.env_id is a table/],
    ["no table", "a = 1\nnetwork = 1", /:2: network is no table$/],
    ["a key of an inline table", "\nnetwork = { tls_mode = 1 }", /:2: network.tls_mode is 1/],
    ["a quoted key", '"n\\u0065twork"."tls_mode" = 1', /:1: network.tls_mode is 1/],
    [
      "a key after texts of many lines",
      '[paths]\na = """\n[network]\n"""\nb = [ # ]\n1,\n]\n[network]\ntls_mode = 1',
      /:9: network.tls_mode is 1/,
    ],
    [
      "no address",
      '[distributor]\nbase_url = "ftp://x"',
      /:2: distributor.base_url is `ftp:\/\/x`, expected/,
    ],
    [
      "a login in an address",
      '[distributor]\nbase_url = "https://u:hunter2@x"',
      /:2: distributor.base_url is `https:\/\/\*\*\*@x`/,
    ],
    [
      "a proxy of another kind",
      '[network]\nproxy_url = "socks5://u:hunter2@x"',
      /:2: network.proxy_url is something else, expected \[http/,
    ],
    [
      "a token with a space",
      '[distributor]\ntoken = "hunter2 x"',
      /:2: distributor.token is something else, expected a token without spaces$/,
    ],
    [
      "a token that is a list",
      '[distributor]\ntoken = ["hunter2"]',
      /:2: distributor.token is something else/,
    ],
    [
      "headers with a line break",
      '[distributor.headers]\nx = "hunter2\\n"',
      /:1: distributor.headers is something else/,
    ],
    [
      "a key of ours that is not known",
      "[dist]\ninsecure_registry = []",
      /:2: unknown key `dist.insecure_registry`, expected insecure_registries$/,
    ],
    [
      "TOML that ends early",
      '[network]\nproxy_url = "hunter2',
      /^configuration file `p\/.greentic\/config.toml` is no valid TOML: unfinished string \(line 2, column \d+\)$/,
    ],
    [
      "a key given twice",
      "[network]\nread_timeout_ms = 1\nread_timeout_ms = 1",
      /is no valid TOML: .* \(line 3, column 1\)$/,
    ],
    [
      "lists without end",
      `x = ${"[".repeat(100_000)}`,
      /is no valid TOML: .*nested.* \(line 1, column \d+\)$/,
    ],
    ["Latin-1", "\u00ff", /is no valid TOML/],
  ])("is told of %s", async (_, project, message) => {
    const error = await refused({ project });
    expect(shortened(error)).toMatch(message);
    expect(error.hint).toBeDefined();
    expect(JSON.stringify([error.message, error.details, error.hint])).not.toContain("hunter2");
    expect(error.details.path).toMatch(/config.toml$/);
  });

  test.each<[what: string, json: string, message: RegExp]>([
    [
      "a number that is text",
      '{\n"network": {\n"read_timeout_ms": "abc"}}',
      /config.json:3: network.read_timeout_ms is `abc`/,
    ],
    ["JSON that ends early", '{\n"network": {\n', /config.json` is no valid JSON \(line 3\)$/],
    ["no JSON", '{\n"network": nothing}', /is no valid JSON \(line 2\)$/],
    ["a list", "[]", /config.json` is no object of JSON \(line 1\)$/],
    [
      "a key given twice",
      '{"network": {},\n"network": {}}',
      /gives the key `network` twice in one object \(line 2\)$/,
    ],
    ["objects without end", '{"a":'.repeat(50_000), /nested deeper than 32 levels \(line 1\)$/],
  ])("is told of %s in JSON", async (_, project, message) => {
    expect(shortened(await refused({ project, name: "config.json" }))).toMatch(message);
  });

  test("is found in every source, also where another one counts", async () => {
    const bad = '[network]\ntls_mode = "lax"';
    const env = { GREENTIC_NETWORK_TLS_MODE: "strict" };
    expect(shortened(await refused({ env, user: bad }))).toMatch(
      /^u\/greentic\/config.toml:2: network.tls_mode/,
    );
    const variable = await refused({ env: { GREENTIC_NETWORK_READ_TIMEOUT_MS: "1e3" } });
    expect(variable.message).toBe(
      "GREENTIC_NETWORK_READ_TIMEOUT_MS is `1e3`, expected a whole number of milliseconds from 1 to 2147483647",
    );
  });

  test("quotes no secret out of a variable", async () => {
    const { message } = await refused({ env: { GREENTIC_DISTRIBUTOR_TOKEN: "hunter2 hunter2" } });
    expect(message).toBe("GREENTIC_DISTRIBUTOR_TOKEN is something else, expected a token without spaces");
  });

  test.each(["[network]\ntls_mode = 'disabled'", "[dist]\ninsecure_registries = ['a:5000', 'b']"])(
    "is what a project's file must not say, unless something higher overrules it: %s",
    async (project) => {
      const error = await refused({ project });
      expect(shortened(error)).toMatch(
        /config.toml:2: .* must not be .* in a project's file, which others may have written$/,
      );
      const [, name = "", value = ""] = /(GREENTIC_\w+)=(.*)$/.exec(error.hint ?? "") ?? [];
      expect((await load({ project, env: { [name]: value } })).warnings).toEqual([]);
      expect((await load({ user: project })).warnings).toEqual([]);
    },
  );

  test("is a file in both forms", async () => {
    const root = join(dir.path, "both", ".greentic");
    await mkdir(root, { recursive: true });
    await writeFile(join(root, "config.toml"), "");
    await writeFile(join(root, "config.json"), "{}");
    const error = await rejectionOf(loadConfig({ env: {}, cwd: root, platform: "linux" }));
    expect(error.message).toBe(`\`${root}\` holds both \`config.toml\` and \`config.json\``);
  });

  test("is a pipe, a folder or a huge file: each is refused at once", async () => {
    const make: Readonly<Record<string, (path: string) => unknown>> = {
      "is no regular file": (path) => execFileSync("mkfifo", [path]),
      "cannot be read: EISDIR|is no regular file": (path) => mkdir(path),
      "has 1048577 bytes, expected at most 1048576": (path) => writeFile(path, " ".repeat(1_048_577)),
    };
    for (const [flaw, put] of Object.entries(make)) {
      const folder = join(dir.path, crypto.randomUUID(), ".greentic");
      await mkdir(folder, { recursive: true });
      await put(join(folder, "config.toml"));
      const error = await rejectionOf(loadConfig({ env: {}, cwd: folder, platform: "linux" }));
      expect(error.code).toBe("INVALID_CONFIG");
      expect(error.message).toMatch(new RegExp(`config.toml\` (?:${flaw})$`));
    }
  });

  test("of any bytes is told, or nothing is", async () => {
    const pieces = fc.constantFrom(
      "[network]",
      "[a.b]",
      "[[x]]",
      "\n",
      "tls_mode",
      " = ",
      '"strict"',
      "'''",
      '"""',
      "[",
      "]",
      "{",
      "}",
      "#",
      ".",
      "\\",
      "\r\n",
      "1",
      "__proto__",
      "\u0000",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), async (words) => {
        const outcome = await load({ project: words.join("") }).catch((error: DistError) => error.code);
        expect(["INVALID_CONFIG", "object"]).toContain(
          typeof outcome === "string" ? outcome : typeof outcome,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("keys that nobody knows", () => {
  test("are warned of, with their line, where the file is shared with other tools", async () => {
    const project = '[network]\nproxyurl = "x"\n[netwrok]\na = 1\n[__proto__]\ntls_mode = "lax"';
    const { warnings } = await load({ project });
    expect(warnings.map((text) => text.replace(/^.*(?=config)/, ""))).toEqual([
      "config.toml:2: unknown key `network.proxyurl`",
      "config.toml:3: unknown key `netwrok`",
      "config.toml:5: unknown key `__proto__`",
    ]);
  });

  test("are passed over where other tools of Greentic use them", async () => {
    const project =
      'schema_version = "1"\n[environment]\nregion = "eu"\n[paths]\nx = 1\n[services.runner]\nkind = "http"';
    expect((await load({ project })).warnings).toEqual([]);
  });

  test("__proto__ changes nothing", async () => {
    const json =
      '{"__proto__": {"network": {"tls_mode": "strict"}}, "network": {"__proto__": {"tls_mode": "strict"}}}';
    const config = await load({ project: json, name: "config.json" });
    expect(config.get("network.tls_mode").origin.from).toBe("default");
    expect(config.warnings).toHaveLength(2);
  });
});
