import { dirname, join } from "node:path";
import { projectPath } from "./project-path.ts";

/** Which of the package's two commands: `main` is `greentic-dist`. */
export type Entry = "main" | "shim";

/** The standalone program that is tested in place of the built files, if any: `$GREENTIC_DIST_TEST_PROGRAM`. */
export const standaloneProgram: string | undefined = process.env["GREENTIC_DIST_TEST_PROGRAM"];

/** The Node.js that runs the built files: `$GREENTIC_DIST_TEST_NODE`, else the one that runs the tests. */
export const testedNode: string = process.env["GREENTIC_DIST_TEST_NODE"] ?? process.execPath;

/**
 * How the command under test is started: the standalone program, where there is one, else the built file on Node.js.
 * @param node default: {@link testedNode}
 */
export function commandLine(
  entry: Entry = "main",
  node: string = testedNode,
): readonly [string, ...string[]] {
  if (standaloneProgram === undefined) return [node, projectPath(`dist/cli/${entry}.cjs`)];
  return [
    entry === "main" ? standaloneProgram : join(dirname(standaloneProgram), "greentic-distributor-client"),
  ];
}
