import { existsSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { beforeAll, expect, test } from "vitest";
import { projectPath } from "./support/project-path.ts";
import { tempDir } from "./support/temp-dir.ts";

/** Most bytes of everything that a guest can import, minified. */
const maxBytes = 60_000;

interface Bundle {
  readonly code: string;
  readonly imports: readonly string[];
}

/** What a bundler for guests makes of `entry`, with nothing left to load but what it cannot find. */
async function bundle(entry: string): Promise<Bundle> {
  const bundler = await rolldown({
    input: entry,
    platform: "neutral",
    external: /^greentic:/,
    logLevel: "silent",
  });
  const { output } = await bundler.generate({ format: "esm", minify: true });
  await bundler.close();
  expect(output).toHaveLength(1);
  const [{ code, imports, dynamicImports }] = output;
  return { code, imports: [...imports, ...dynamicImports] };
}

const entry = projectPath("dist/guest.js");
let guest: Bundle;
beforeAll(async () => {
  if (!existsSync(entry)) throw new Error("there is no dist: run `npm run build` first");
  guest = await bundle(entry);
});

test("the entry for guests needs nothing that a guest does not have", () => {
  expect(guest.imports).toEqual([]);
  // Hashing has a method of the name `process`: it is what follows that tells.
  const used = /\bnode:|(?<![\w$.#])(?:process|Buffer|global|module)\s*[.[]|(?<![\w$.#])require\(/.exec(
    guest.code,
  );
  expect(used).toBeNull();
});

test("it is small", () => {
  console.log(`dist/guest, minified: ${guest.code.length} bytes`);
  expect(guest.code.length).toBeLessThan(maxBytes);
});

test("it runs where there is nothing but the language", async () => {
  await using dir = await tempDir();
  const { writeFile } = await import("node:fs/promises");
  const main = join(dir.path, "main.js");
  await writeFile(
    main,
    `import { GeneratedDistributorApiBindings, WitDistributorClient, createTenantCtx } from ${JSON.stringify(entry)};
     globalThis.outcome = new WitDistributorClient(new GeneratedDistributorApiBindings())
       .getPackStatus(createTenantCtx("dev", "a"), "dev", "p").catch((error) => error.message);`,
  );
  const { code } = await bundle(main);
  const { createContext, runInContext } = await import("node:vm");
  const context = createContext({ outcome: undefined });
  runInContext(code, context);
  expect(await context["outcome"]).toBe(
    "wit error: distributor-api imports are only available on wasm32 targets",
  );
});
