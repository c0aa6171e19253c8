import { expect, test } from "vitest";
import { printError } from "../src/cli/messages.ts";
import { DistClient } from "../src/client/index.ts";
import { errorTable, warningTable } from "../src/core/index.ts";
import { tempDir } from "./support/temp-dir.ts";
import { rejectionOf } from "./support/thrown.ts";

/** What each exit code of the command means, for whoever scripts it. */
const exitCodes: Readonly<Record<number, string>> = {
  0: "Done.",
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

test("the page on errors says what the tables say", async () => {
  await expect(errorsPage(await exampleError())).toMatchFileSnapshot("../docs/errors.md");
});

test("the page on errors explains the exit code of every error", () => {
  const explained = Object.keys(exitCodes).map(Number);
  expect(explained).toEqual(
    expect.arrayContaining(Object.values(errorTable).map(({ exitCode }) => exitCode)),
  );
});
