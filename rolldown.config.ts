import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin, type RolldownOptions } from "rolldown";

// Bundled for one reason: a process that finds its artifact in the cache spends its time on loading modules. What the
// sources import dynamically becomes a file of its own, loaded by what needs it.
const shared: RolldownOptions = {
  platform: "node",
  external: [/^node:/, /^@?hono\b/, /^@noble\/hashes\//, "cli-progress", "smol-toml", "tldts", "valibot"],
  preserveEntrySignatures: "allow-extension",
  // The oldest Node.js that `engines` allows; `await using` is lowered for it.
  transform: { target: "node20.19" },
};

/** What Node has not loaded when it starts: the first of them takes a tenth of the time in which it does. */
const lazyBuiltins = ["fs/promises", "os"];

/** Lets `lazyBuiltins` be loaded by what is taken from them, and not by each file that imports them. */
const loadLazily: Plugin = {
  name: "load-lazily",
  renderChunk: (code) =>
    lazyBuiltins.reduce((text, module) => {
      const name = `node_${module.replace("/", "_")}`;
      const required = `require("node:${module}")`;
      return text.replaceAll(`let ${name} = ${required};\n`, "").replaceAll(`${name}.`, `${required}.`);
    }, code),
};

/** What chunks give each other never changes: values in place of getters, which take time to make and to ask. */
const plainExports: Plugin = {
  name: "plain-exports",
  renderChunk: (code) =>
    code.replaceAll(
      /Object\.defineProperty\(exports, ["'](\w+)["'], \{\s*enumerable: true,\s*get: function ?\(\) \{\s*return ([\w$]+);\s*\}\s*\}\);/g,
      "exports.$1 = $2;",
    ),
};

/** Less for V8 to scan at every start, and each character a byte. Names and lines stay, so that stack traces do. */
const compact = { charset: "ascii", comments: { annotation: true, jsdoc: false, legal: true } } as const;

/** No file of the library does anything by being loaded: those that nothing is taken from need not be. */
const usedImports: Plugin = {
  name: "used-imports",
  renderChunk: (code) => code.replaceAll(/^import "\.[^"]*";\n/gm, ""),
};

/**
 * CommonJS, for Node needs a tenth of the time in which it starts to get its loader of ES modules going. `import()` is
 * `require()` then, which is all that `start.ts` gives to what it compiles.
 */
const command = {
  ...compact,
  format: "cjs",
  dynamicImportInCjs: false,
  esModule: false,
  strict: true,
  dir: "dist/cli",
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name]-[hash].cjs",
} as const;

/** Tells the entries which program they start, for it is built before. */
const programDigest: Plugin = {
  name: "program-digest",
  renderChunk: (code) =>
    code.replaceAll("PROGRAM_DIGEST", () => {
      const digest = createHash("sha256").update(readFileSync("dist/cli/program.cjs")).digest("hex");
      return JSON.stringify(digest.slice(0, 32));
    }),
};

/** What Node is told to run: one small file, which starts the program. */
function entry(name: string): RolldownOptions {
  const input = { [name]: `src/cli/${name}.ts` };
  return { ...shared, input, plugins: [programDigest], output: command };
}

/** The command and the library are bundled apart, so that neither loads what only the other needs. */
const options: RolldownOptions[] = defineConfig([
  {
    ...shared,
    input: { program: "src/cli/program.ts" },
    external: [/^node:/, /^@?hono\b/, "cli-progress", "smol-toml", "tldts", "valibot"],
    plugins: [loadLazily, plainExports],
    output: {
      ...command,
      // What every run of the command needs, in one file; what only those need who bring something, in two more, apart
      // from what others use as well.
      codeSplitting: {
        groups: [
          { name: "program", test: /src\/cli\/program\.ts$/, priority: 4 },
          { name: "common", test: /src\/core\/|src\/client\/files\/read-regular-file\.ts$/, priority: 3 },
          { name: "verify", test: /src\/verify\//, priority: 3 },
          { name: "writing", test: /src\/cache\/writing\.ts$/, priority: 2 },
          {
            name: "network",
            test: /src\/client\/(network\/network|pull\/fetch-blob|settings\/login-sources)\.ts$/,
            priority: 1,
          },
        ],
      },
    },
  },
  entry("main"),
  entry("shim"),
  {
    ...shared,
    input: {
      index: "src/index.ts",
      "registry/index": "src/registry/index.ts",
      "dev/index": "src/dev/index.ts",
    },
    plugins: [usedImports],
    output: {
      ...compact,
      dir: "dist",
      chunkFileNames: "chunks/[name]-[hash].js",
      // What `.` takes of `./dev`, apart from all the rest of it.
      codeSplitting: {
        groups: [
          {
            name: "folder-source",
            test: /src\/dev\/dev-distributor-source\.ts$|src\/distributor\/distributor-error\.ts$/,
          },
        ],
      },
    },
  },
  {
    // Apart from the rest: a chunk that it shared could bring along what needs Node.js.
    ...shared,
    platform: "neutral",
    treeshake: { moduleSideEffects: "no-external" },
    input: { guest: "src/guest.ts" },
    output: { ...compact, dir: "dist", codeSplitting: false },
  },
]);

export default options;
