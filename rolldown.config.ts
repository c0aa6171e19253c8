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
const lazyBuiltins: ReadonlySet<string> = new Set(["node:fs/promises", "node:os"]);

/**
 * Takes Node's own modules without its ESM facade, which evaluates everything that they offer: for `node:util` and
 * `node:fs` alone that takes an eighth of the time in which Node starts. `lazyBuiltins`, of which only functions
 * are imported, are loaded by the first call.
 */
const directBuiltins: Plugin = {
  name: "direct-builtins",
  renderChunk: (code) =>
    code.replaceAll(/^import \{ ([^}]*) \} from "(node:[^"]+)";$/gm, (_, names: string, module: string) => {
      const builtin = `process.getBuiltinModule("${module}")`;
      if (!lazyBuiltins.has(module)) return `const { ${names.replaceAll(" as ", ": ")} } = ${builtin};`;
      const calls = names.split(", ").map((spec) => {
        const [name, local = name] = spec.split(" as ");
        return `${local} = (...args) => ${builtin}.${name}(...args)`;
      });
      return `const ${calls.join(",\n  ")};`;
    }),
};

/** Less for V8 to scan at every start, and each character a byte. Names and lines stay, so that stack traces do. */
const compact = { charset: "ascii", comments: { annotation: true, jsdoc: false, legal: true } } as const;

/** The command and the library are bundled apart, so that neither loads what only the other needs. */
const options: RolldownOptions[] = defineConfig([
  {
    ...shared,
    input: { main: "src/cli/main.ts", shim: "src/cli/shim.ts" },
    plugins: [directBuiltins],
    output: {
      ...compact,
      dir: "dist/cli",
      chunkFileNames: "[name]-[hash].js",
      // What every run of the command needs, in one file; what only those need who bring something, in two more, apart
      // from what others use as well.
      codeSplitting: {
        groups: [
          { name: "run", test: /src\/cli\/run\.ts$/, priority: 4 },
          { name: "common", test: /src\/core\/|src\/client\/read-regular-file\.ts$/, priority: 3 },
          { name: "verify", test: /src\/verify\//, priority: 3 },
          { name: "writing", test: /src\/cache\/writing\.ts$/, priority: 2 },
          { name: "network", test: /src\/client\/(network|fetch-blob|login-sources)\.ts$/, priority: 1 },
        ],
      },
    },
  },
  {
    ...shared,
    input: {
      index: "src/index.ts",
      "registry/index": "src/registry/index.ts",
      "dev/index": "src/dev/index.ts",
    },
    output: { ...compact, dir: "dist", chunkFileNames: "chunks/[name]-[hash].js" },
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
