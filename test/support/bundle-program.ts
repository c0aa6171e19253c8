import { join } from "node:path";
import { rolldown } from "rolldown";
import { projectPath } from "./project-path.ts";
import { tempDir, type TempDir } from "./temp-dir.ts";

/** A program of the tests in a file that Node.js can run; it goes away when this is disposed of. */
export type Program = TempDir;

/** Makes a {@link Program} of a TypeScript file of this folder, with what it imports of this project. */
export async function bundleProgram(name: string): Promise<Program> {
  const dir = await tempDir();
  const bundler = await rolldown({
    input: projectPath(`test/support/${name}`),
    platform: "node",
    transform: { target: "node20.19" },
    logLevel: "silent",
  });
  await bundler.write({ dir: dir.path, entryFileNames: "program.mjs", chunkFileNames: "[name]-[hash].mjs" });
  await bundler.close();
  return { path: join(dir.path, "program.mjs"), [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}
