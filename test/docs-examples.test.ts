import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { projectPath } from "./support/project-path.ts";

/**
 * The TypeScript of a page as one module: imports first, then each example in a block inside the one before, so that
 * it sees what those declare and may declare it anew.
 */
function moduleOf(markdown: string): string {
  const imported = new Map<string, Set<string>>();
  const blocks = [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) =>
    code.replaceAll(/^import \{([^}]+)\} from "([^"]+)";$/gm, (_, names: string, from: string) => {
      const all = imported.get(from) ?? new Set();
      for (const name of names.split(",")) if (name.trim() !== "") all.add(name.trim());
      imported.set(from, all);
      return "";
    }),
  );
  const imports = [...imported].map(([from, names]) => `import { ${[...names].join(", ")} } from "${from}";`);
  return [...imports, ...blocks.map((code) => `{${code}`), "}".repeat(blocks.length)].join("\n");
}

test("the TypeScript examples of the documentation are right", async () => {
  const docs = (await readdir(projectPath("docs"))).filter((name) => name.endsWith(".md"));
  await mkdir(projectPath("build"), { recursive: true });
  // Inside the project, from where the examples find the package by its name.
  const folder = await mkdtemp(projectPath("build/docs-examples-"));
  try {
    for (const path of ["README.md", ...docs.map((name) => `docs/${name}`)]) {
      const code = moduleOf(await readFile(projectPath(path), "utf8"));
      if (code !== "")
        await writeFile(join(folder, `${path.replaceAll(/\W/g, "-")}.ts`), `${code}\nexport {};\n`);
    }
    const config = {
      extends: projectPath("tsconfig.json"),
      compilerOptions: { isolatedDeclarations: false, noUnusedLocals: false },
      include: ["."],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    expect((await readdir(folder)).length).toBeGreaterThan(4);
    const tsc = promisify(execFile)(projectPath("node_modules/.bin/tsc"), ["-p", folder]);
    expect(await tsc.catch((error: { readonly stdout: string }) => error)).toMatchObject({ stdout: "" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
