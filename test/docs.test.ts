import { expect, test } from "vitest";
import type { Command, OptionSpecs } from "../src/cli/command.ts";
import { commands } from "../src/cli/commands.ts";
import { globalOptions } from "../src/cli/global-options.ts";
import { printError } from "../src/cli/messages.ts";
import { configKeyNames, configKeys, variableOf } from "../src/client/config/config-keys.ts";
import { DistClient } from "../src/client/index.ts";
import { errorTable, warningTable } from "../src/core/index.ts";
import { tempDir } from "./support/temp-dir.ts";
import { rejectionOf } from "./support/thrown.ts";

/** What each exit code of the command means, for whoever scripts it. */
const exitCodes: Readonly<Record<number, string>> = {
  0: "Done.",
  1: "A comparison found a difference (`lock check`, `lock diff`).",
  2: "What was asked for cannot be done as asked: a malformed reference, a missing argument, an artifact that cannot be used.",
  3: "Not found: in the cache, at the registry or server, or on disk.",
  4: "The network is needed, and offline mode forbids it.",
  5: "Credentials are needed, or were refused.",
  6: "The bytes are not what was promised. Nothing of them was kept.",
  7: "The network or the server failed. Trying again may help.",
  10: "This machine, or this program, failed.",
  130: "Interrupted (`SIGINT`, Ctrl-C), or aborted by the calling program.",
  143: "Terminated (`SIGTERM`).",
};

/** What `--strict` makes of a warning. */
const strictEffects: Readonly<Record<(typeof warningTable)[keyof typeof warningTable]["about"], string>> = {
  artifact: "exit 2",
  digest: "exit 6",
  machine: "none",
};

const codesWith = (exitCode: number): readonly string[] =>
  Object.entries(errorTable).flatMap(([code, row]) => (row.exitCode === exitCode ? [`\`${code}\``] : []));

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

const unheld = `sha256:${"0".repeat(64)}`;

/** What the command prints for a digest that it does not hold. */
async function exampleError(): Promise<string> {
  await using dir = await tempDir();
  await using client = new DistClient({ env: {}, cacheDir: dir.path });
  const error = await rejectionOf(client.ensureCached(unheld));
  return printError(error, { form: "json", colour: false, verbose: false });
}

function errorsPage(example: string): string {
  return `# Errors and warnings

Errors and warnings go to stderr, so that stdout holds results and nothing else. In text an error is one line,
\`error: …\`, often with a second one, \`hint: …\`, that says what to do next; \`--verbose\` adds what caused it. With
\`--json\` it is one object with the same four keys always: \`code\` is one of the codes below, \`message\` is for people,
\`hint\` is a text or null, and \`details\` holds what programs need (the reference, the status, the digests that
differ). With \`--progress json\` the same object stands on one line, the last one. In the library every error is a
\`DistError\` with the same \`code\`, \`message\`, \`hint\` and \`details\`; \`isDistError(error, "OFFLINE")\` tells them
apart.

\`\`\`console
$ greentic-dist --json pull ${unheld}
${example}
\`\`\`

## Exit codes

${table(
  ["Exit code", "Meaning", "Error codes"],
  Object.entries(exitCodes).map(([code, meaning]) => [code, meaning, codesWith(Number(code)).join(", ")]),
)}

## Errors

${table(
  ["Code", "Exit code", "Meaning"],
  Object.entries(errorTable).map(([code, { exitCode, meaning }]) => [`\`${code}\``, `${exitCode}`, meaning]),
)}

## Warnings

A warning is one line, \`warning: …\`, or with \`--progress json\` an event with a \`code\`. The artifact is used all the
same, unless \`--strict\` is given: then a warning about the artifact refuses it.

${table(
  ["Code", "Meaning", "Effect of `--strict`"],
  Object.entries(warningTable).map(([code, { about, meaning }]) => [
    `\`${code}\``,
    meaning,
    strictEffects[about],
  ]),
)}

<!-- Made from the tables in src/core by test/docs.test.ts: \`npx vitest run test/docs.test.ts -u\` -->
`;
}

/** A heading and, under it, what a reader of `--help` would see. */
function commandSection({ name, summary, operands, options, examples }: Command): string {
  const usage = `greentic-dist ${name} [OPTIONS]${operands === "" ? "" : ` ${operands}`}`;
  return [
    `## ${name}`,
    `${summary}.`,
    `\`\`\`text\n${usage}\n\`\`\``,
    ...(Object.keys(options).length === 0 ? [] : [optionTable(options)]),
    `\`\`\`sh\n${examples.map(([command, effect]) => `${command}  # ${effect}`).join("\n")}\n\`\`\``,
  ].join("\n\n");
}

function optionTable(options: OptionSpecs): string {
  return table(
    ["Option", "Meaning"],
    Object.entries(options).map(([name, { short, value, help }]) => [
      `${short === undefined ? "" : `\`-${short}\`, `}\`--${name}${value === undefined ? "" : ` ${value}`}\``,
      help,
    ]),
  );
}

const commandLinePage = `# Command line

\`greentic-dist COMMAND\`. Results go to stdout, everything else to stderr; [errors.md](errors.md) has the exit codes.
\`REF\` is a registry reference (\`ghcr.io/acme/hello:1.0\`, also with \`oci://\`), \`https://…\`, a file, \`sha256:…\` of something
cached, \`repo://…\`, \`store://…\` or \`fixture://…\`.

## Options of every command

They may stand before or after the command.

${optionTable(globalOptions)}

${commands.map(commandSection).join("\n\n")}

<!-- Made from the tables in src/cli by test/docs.test.ts: \`npx vitest run test/docs.test.ts -u\` -->
`;

/** What a value is when nobody says anything. */
function fallbackOf({ fallback }: { readonly fallback?: unknown }): string {
  return typeof fallback === "string" ? `\`${fallback}\`` : "–";
}

const configPage = `# Configuration

Most people need none. What is set once for a machine or a project goes into a file; \`greentic-dist config show\` prints
what counts and where it comes from, \`greentic-dist config path\` which files are looked at.

\`\`\`toml
# .greentic/config.toml
[environment]
env_id = "staging"

[network]
proxy_url = "http://proxy.example:3128"
read_timeout_ms = 30000
\`\`\`

\`\`\`console
$ GREENTIC_NETWORK_READ_TIMEOUT_MS=5000 greentic-dist config show
KEY                         VALUE                      FROM
environment.env_id          staging                    /home/ada/shop/.greentic/config.toml:3
network.proxy_url           http://proxy.example:3128  /home/ada/shop/.greentic/config.toml:6
network.tls_mode            system                     default
network.connect_timeout_ms  -                          default
network.read_timeout_ms     5000                       GREENTIC_NETWORK_READ_TIMEOUT_MS
…
\`\`\`

## Which value counts

The first of these that has one:

1. the command line, as \`--insecure-registry\`
2. the key's variable, \`GREENTIC_TABLE_KEY\`; one that is empty counts as not set
3. the project's file: \`.greentic/config.toml\` in the nearest folder upwards, from where you are, that has a \`.greentic\`
   folder. The search ends at that folder, whether the file is there or not.
4. the user's file: \`greentic/config.toml\` in \`$XDG_CONFIG_HOME\` (\`~/.config\`), on macOS in
   \`~/Library/Application Support\`, on Windows in \`%APPDATA%\`
5. the default

A list or table is taken from one place as a whole; nothing is put together from several. \`config.json\` in place of
\`config.toml\` holds the same tables as JSON objects; having both in one folder is an error.

Files are read when a network is needed: what is cached is served without looking at them. So where the cache lies
(\`--cache-dir\`, \`GREENTIC_DIST_CACHE_DIR\`) and whether there is a network at all (\`--offline\`,
\`GREENTIC_DIST_OFFLINE=1\`) is never said in a file. A \`DistClient\` with \`env: {}\` reads no file; with another \`env\`,
it looks for a project only when \`cwd\` says from where.

## Keys

${table(
  ["Key", "Variable", "Default", "Value", "What it is"],
  configKeyNames.map((key) => [
    `\`${key}\``,
    `\`${variableOf(key)}\``,
    fallbackOf(configKeys[key]),
    configKeys[key].kind.expected,
    configKeys[key].help,
  ]),
)}

All of them, as TOML:

\`\`\`toml
${configKeyNames.map((key) => `${key} = ${configKeys[key].example}`).join("\n")}
\`\`\`

The file is shared with the other tools of Greentic: their tables are passed over. A key that nobody knows is a warning
with its line; in \`[dist]\`, which only this tool reads, it is an error.

## For programs

\`loadGreenticConfig()\` gives what counts as an object, spelled as in the file; a client of a distributor is made of it:

\`\`\`ts
import {
  createTenantCtx,
  distributorClientConfigFromGreentic,
  HttpDistributorClient,
  loadGreenticConfig,
} from "greentic-dist";

const config = await loadGreenticConfig();
const tenant = createTenantCtx(config.environment.env_id, config.distributor?.tenant_id ?? "tenant-a");
const client = new HttpDistributorClient(distributorClientConfigFromGreentic(config, tenant));
\`\`\`

A token or headers in the user's file are not sent to a \`base_url\` out of a project's file: that is an error.

## What a project's file cannot do

Whoever can write to a repository must not be able to weaken the checks of those who work in it. So \`tls_mode = "disabled"\`
and \`insecure_registries\` in a project's file are errors, unless a variable or an option overrules them; write them into
the user's file or set the variable. A file that belongs to another user (neither root nor you) is refused too: in a folder
like \`/tmp\` anybody could have left it.

## When something is wrong

Every source is checked, whether its value counts or not; what is wrong is error \`INVALID_CONFIG\`, exit code 2, and names
the file and line or the variable:

\`\`\`console
$ greentic-dist pull ghcr.io/acme/hello:1.0
error: /home/ada/shop/.greentic/config.toml:7: network.read_timeout_ms is \`30s\`, expected a whole number of milliseconds from 1 to 2147483647
hint: as in 30000
\`\`\`

Secrets (\`distributor.token\`, the values of \`distributor.headers\`, the login in \`network.proxy_url\`) are shown as \`***\`
wherever a value is printed. A file may have 1 MiB at most.

<!-- The tables are made from src/client/config by test/docs.test.ts: \`npx vitest run test/docs.test.ts -u\` -->
`;

test("the page on configuration says what the table of keys says", async () => {
  await expect(configPage).toMatchFileSnapshot("../docs/config.md");
});

test("the page on the command line says what the tables say", async () => {
  await expect(commandLinePage).toMatchFileSnapshot("../docs/cli.md");
});

test("the page on errors says what the tables say", async () => {
  await expect(errorsPage(await exampleError())).toMatchFileSnapshot("../docs/errors.md");
});

test("the page on errors explains the exit code of every error", () => {
  const explained = Object.keys(exitCodes).map(Number);
  expect(explained).toEqual(
    expect.arrayContaining(Object.values(errorTable).map(({ exitCode }) => exitCode)),
  );
});
