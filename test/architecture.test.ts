import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { describe, expect, test } from "vitest";
import { projectPath } from "./support/project-path.ts";

/** Layers (CONTRIBUTING.md): a folder imports only folders with a lower number, and through their index.ts. */
const layers: Readonly<Record<string, number>> = {
  core: 0,
  verify: 1,
  http: 1,
  registry: 2,
  cache: 2,
  layout: 2,
  wasm: 2,
  lockfile: 2,
  distributor: 2,
  sources: 3,
  client: 4,
  dev: 5,
  cli: 6,
};

/** What package.json exports: what these files export is used by others. */
const entryPoints: ReadonlySet<string> = new Set([
  "src/index.ts",
  "src/guest.ts",
  "src/registry/index.ts",
  "src/dev/index.ts",
]);

/** Files of more than 250 lines, each with the reason why it is not two. */
const longFiles: ReadonlyMap<string, string> = new Map();

/** Files outside src/http/wire that import a module with sockets in it, each with the reason. */
const socketModules: ReadonlyMap<string, string> = new Map([
  ["src/dev/server/listen.ts", "listens: the one adapter between node:http and handlers"],
  ["src/dev/server/request-from.ts", "types of what listen.ts is given"],
  ["src/dev/server/send-response.ts", "types of what listen.ts is given"],
  ["src/registry/auth/realm.ts", "BlockList and isIP: they look at addresses and open nothing"],
]);

interface Import {
  readonly specifier: string;
  /** Path of the file in this project that is imported; `undefined` for packages and Node.js. */
  readonly target: string | undefined;
  /** Names that are taken from it; `*` for all of them. */
  readonly names: readonly string[];
}

interface Export {
  readonly name: string;
  /** Types in its declaration, which whoever uses it may have to name. */
  readonly mentions: readonly string[];
  /** The import that it hands on, when it does: `name` there may be another. */
  readonly from: { readonly target: string; readonly name: string } | undefined;
}

interface Module {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Where the names that it imports come from. */
  readonly origins: ReadonlyMap<string, { readonly target: string; readonly name: string }>;
  /** `process.env`, `Date.now` and the like, as they are written. */
  readonly ambient: readonly string[];
}

/** A node of the syntax tree (ESTree with TypeScript), as far as it matters here. */
interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

const nodesIn = (value: unknown): readonly Node[] => (Array.isArray(value) ? value : [value]).filter(isNode);

/** The text of an identifier or a string. */
function nameOf(value: unknown): string {
  if (!isNode(value)) return "";
  const text = value["name"] ?? value["value"];
  return typeof text === "string" ? text : "";
}

/** A member access as it is written, as in `process.env`. */
function memberOf(node: Node): string {
  return `${nameOf(node["object"])}.${nameOf(node["property"])}`;
}

function visit(
  node: Node,
  ancestors: readonly Node[],
  see: (node: Node, ancestors: readonly Node[]) => void,
): void {
  see(node, ancestors);
  const path = [node, ...ancestors];
  for (const value of Object.values(node)) for (const inner of nodesIn(value)) visit(inner, path, see);
}

/** What is taken of a dynamic import, in `const { a } = await import("…")` and `(await import("…")).a`. */
function namesTaken([awaiting, user]: readonly Node[]): readonly string[] {
  if (awaiting?.type !== "AwaitExpression" || user === undefined) return ["*"];
  if (user.type === "MemberExpression") return [nameOf(user["property"])];
  const pattern = user.type === "VariableDeclarator" && isNode(user["id"]) ? user["id"] : undefined;
  if (pattern?.type !== "ObjectPattern") return user.type === "ExpressionStatement" ? [] : ["*"];
  return nodesIn(pattern["properties"]).map((property) => nameOf(property["key"]));
}

/** The names that a pattern or a declaration introduces. */
function declaredNames(declaration: Node): readonly string[] {
  if (declaration.type !== "VariableDeclaration") return [nameOf(declaration["id"])];
  return nodesIn(declaration["declarations"]).map((declarator) => nameOf(declarator["id"]));
}

/** The types that a declaration names, but not what is only in the bodies of functions. */
function typesIn(declaration: Node): readonly string[] {
  const names: string[] = [];
  visit(declaration, [], (node, ancestors) => {
    const isSignature = ancestors.every(({ type }) => type !== "BlockStatement");
    if (!isSignature) return;
    if (node.type === "TSTypeReference") names.push(nameOf(node["typeName"]));
    if (node.type === "TSInterfaceHeritage" || node.type === "TSClassImplements")
      names.push(nameOf(node["expression"]));
  });
  return names;
}

/** What a module specifier says; nothing where it is worked out. */
function specifierOf(source: unknown): string {
  return isNode(source) && source.type === "Literal" ? nameOf(source) : "";
}

function parseModule(path: string, text: string): Module {
  const program: unknown = parseAst(text, { lang: "ts" }, path);
  if (!isNode(program)) throw new TypeError(`${path} has no syntax tree`);
  const imports: Import[] = [];
  const exports: Export[] = [];
  const ambient: string[] = [];
  const origins = new Map<string, { readonly target: string; readonly name: string }>();
  const add = (specifier: string, names: readonly string[]): Import => {
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
    const added = { specifier, target, names };
    imports.push(added);
    return added;
  };
  visit(program, [], (node, ancestors) => {
    const specifiers = nodesIn(node["specifiers"]);
    switch (node.type) {
      case "ImportDeclaration": {
        const names = specifiers.map((one) => (isNode(one["imported"]) ? nameOf(one["imported"]) : "*"));
        const { target } = add(specifierOf(node["source"]), names);
        for (const one of specifiers) {
          if (target !== undefined)
            origins.set(nameOf(one["local"]), { target, name: nameOf(one["imported"]) });
        }
        break;
      }
      case "ImportExpression":
        add(specifierOf(node["source"]), namesTaken(ancestors));
        break;
      case "TSImportType":
        add(specifierOf(node["source"]), [isNode(node["qualifier"]) ? nameOf(node["qualifier"]) : "*"]);
        break;
      case "ExportAllDeclaration":
        add(specifierOf(node["source"]), ["*"]);
        break;
      case "ExportNamedDeclaration": {
        const source = isNode(node["source"]) ? specifierOf(node["source"]) : undefined;
        const target = source === undefined ? undefined : add(source, []).target;
        for (const one of specifiers) {
          const from = target === undefined ? undefined : { target, name: nameOf(one["local"]) };
          exports.push({ name: nameOf(one["exported"]), mentions: [], from });
        }
        if (isNode(node["declaration"])) {
          const mentions = typesIn(node["declaration"]);
          for (const name of declaredNames(node["declaration"]))
            exports.push({ name, mentions, from: undefined });
        }
        break;
      }
      case "MemberExpression":
        if (/^(?:process\.(?:env|hrtime)|(?:Date|performance)\.now)$/.test(memberOf(node))) {
          ambient.push(memberOf(node));
        }
        break;
      case "NewExpression":
        if (nameOf(node["callee"]) === "Date" && nodesIn(node["arguments"]).length === 0)
          ambient.push("new Date()");
        break;
      case "CallExpression":
        if (isNode(node["callee"]) && memberOf(node["callee"]) === "process.getBuiltinModule") {
          add(specifierOf(nodesIn(node["arguments"])[0]), ["*"]);
        }
        break;
    }
  });
  return { path, text, imports, exports, origins, ambient };
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(projectPath(folder), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".ts") && !path.includes("/node_modules/"));
}

const isTest = ({ path }: Module): boolean => path.endsWith(".test.ts");
const everything = ["src", "test", "bench", "examples"]
  .flatMap(filesIn)
  .map((path) => parseModule(path, readFileSync(join(projectPath("."), path), "utf8")));
const sources = everything.filter((module) => module.path.startsWith("src/") && !isTest(module));

/** The folder right below src, or `undefined` for src/index.ts. */
const layerOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];

const builtins: ReadonlySet<string> = new Set(builtinModules);
const isBuiltin = (specifier: string): boolean => specifier.startsWith("node:") || builtins.has(specifier);

/** Every import of `modules` about which `complaint` has something to say, on a line each. */
function complaints(
  modules: readonly Module[],
  complaint: (module: Module, found: Import) => string | undefined,
): readonly string[] {
  return modules.flatMap((module) =>
    module.imports.flatMap((found) => {
      const text = complaint(module, found);
      return text === undefined ? [] : [`${module.path} imports ${found.specifier}: ${text}`];
    }),
  );
}

function upwardImports(modules: readonly Module[]): readonly string[] {
  return complaints(modules, ({ path }, { target }) => {
    const [from, to] = [layerOf(path), target === undefined ? undefined : layerOf(target)];
    if (from === undefined || to === undefined || from === to) return undefined;
    const [upper, lower] = [layers[from], layers[to]];
    if (upper === undefined || lower === undefined) return "a folder without a number";
    return lower < upper ? undefined : `${to} (${lower}) is not below ${from} (${upper})`;
  });
}

function sideDoors(modules: readonly Module[]): readonly string[] {
  return complaints(modules, ({ path }, { target }) => {
    if (target === undefined) return undefined;
    if (!target.startsWith("src/")) return "outside src";
    const to = layerOf(target);
    if (to === undefined || to === layerOf(path) || target === `src/${to}/index.ts`) return undefined;
    return `not through src/${to}/index.ts`;
  });
}

function missingFiles(modules: readonly Module[]): readonly string[] {
  const paths = new Set(modules.map(({ path }) => path));
  return complaints(modules, (_, { specifier, target }) => {
    if (specifier === "") return "a name that is not written there";
    return target === undefined || paths.has(target) ? undefined : "no such file";
  });
}

function cycles(modules: readonly Module[]): readonly string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const done = new Set<string>();
  const found: string[] = [];
  const follow = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    if (trail.includes(path) || done.has(path)) return;
    for (const { target } of byPath.get(path)?.imports ?? []) {
      if (target !== undefined) follow(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of modules) follow(path, []);
  return found;
}

function ambientReads(modules: readonly Module[]): readonly string[] {
  return modules
    .filter(({ path }) => layerOf(path) !== "client" && layerOf(path) !== "cli")
    .flatMap(({ path, ambient }) => ambient.map((what) => `${path} reads ${what}`));
}

function socketImports(modules: readonly Module[]): readonly string[] {
  const outside = modules.filter(({ path }) => !path.startsWith("src/http/wire/"));
  return complaints(outside, (_, { specifier }) =>
    /^(?:node:)?(?:net|tls|https?|http2|dgram)$/.test(specifier) ? "sockets" : undefined,
  );
}

/** Folders that run where there is no Node.js. */
const portable: ReadonlySet<string | undefined> = new Set(["core", "distributor"]);

function builtinsInPortable(modules: readonly Module[]): readonly string[] {
  const found = modules.filter(({ path }) => portable.has(layerOf(path)));
  return complaints(found, (_, { specifier }) => (isBuiltin(specifier) ? "a part of Node.js" : undefined));
}

function importsOfCommand(modules: readonly Module[]): readonly string[] {
  const others = modules.filter(({ path }) => layerOf(path) !== "cli");
  return complaints(others, (_, { target }) =>
    target !== undefined && layerOf(target) === "cli" ? "the command" : undefined,
  );
}

function undocumentedIndexes(modules: readonly Module[]): readonly string[] {
  return modules
    .filter(
      ({ path, text }) =>
        path.endsWith("/index.ts") && !/^\/\*\*(?:(?!\*\/)[^])+@module(?: \S+)?\n \*\/\n/.test(text),
    )
    .map(({ path }) => path);
}

function filesTooLong(modules: readonly Module[], known: ReadonlyMap<string, string>): readonly string[] {
  const long = modules.filter(({ text }) => text.trimEnd().split("\n").length > 250).map(({ path }) => path);
  return [
    ...long.filter((path) => !known.has(path)),
    ...[...known.keys()].filter((path) => !long.includes(path)).map((path) => `${path} is short now`),
  ];
}

/**
 * Exports of `modules` that neither a file of `users` takes nor an entry point hands on. A type that stands in the
 * declaration of something used counts as used.
 */
function unusedExports(modules: readonly Module[], users: readonly Module[]): readonly string[] {
  const exporters = new Map(modules.map((module) => [module.path, module]));
  const used = new Set<string>();
  const mentioned = new Set<string>();
  const use = (path: string, name: string): void => {
    const module = exporters.get(path);
    if (module === undefined || used.has(`${path} ${name}`)) return;
    used.add(`${path} ${name}`);
    for (const one of module.exports) {
      if (name === "*") use(path, one.name);
      if (one.name !== name) continue;
      if (one.from !== undefined) use(one.from.target, one.from.name);
      for (const type of one.mentions) {
        const origin = module.origins.get(type) ?? { target: path, name: type };
        mentioned.add(`${origin.target} ${origin.name}`);
        use(origin.target, origin.name);
      }
    }
  };
  for (const path of entryPoints) use(path, "*");
  for (const { imports } of users) {
    for (const { target, names } of imports)
      if (target !== undefined) for (const name of names) use(target, name);
  }
  return modules.flatMap(({ path, exports }) =>
    exports
      .filter(
        ({ name, from }) => !used.has(`${path} ${name}`) && !mentioned.has(`${from?.target} ${from?.name}`),
      )
      .map(({ name }) => `${path} exports ${name}`),
  );
}

/** Files as they could stand in src, for showing that a rule finds what it is there for. */
function written(files: Readonly<Record<string, string>>): readonly Module[] {
  return Object.entries(files).map(([path, text]) => parseModule(path, text));
}

test("the walk sees the sources, with their imports and exports", () => {
  const names = sources.map(({ path }) => path);
  expect(names).toContain("src/core/digest.ts");
  expect(names.length).toBeGreaterThan(80);
  const core = sources.find(({ path }) => path === "src/core/index.ts");
  expect(core?.exports.map(({ name }) => name)).toContain("parseReference");
  expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
});

test("the walk sees every way to import", () => {
  const [module] = written({
    "src/client/a.ts": `
      import "./effect.ts";
      import all, { a as b, type C } from "../core/index.ts";
      import type * as D from "./d.ts";
      import type { E } from "./e.ts";
      export { f as g } from "./f.ts";
      export * from "./h.ts";
      type I = import("./i.ts").I;
      const { j, k: l } = await import("./j.ts");
      (await import("./m.ts")).n();
      const o = import("./o.ts");
      await import("./p.ts");
      process.getBuiltinModule("node:net");
    `,
  });
  expect(module?.imports.map(({ specifier, names }) => `${specifier} ${names.join()}`.trim())).toEqual([
    "./effect.ts",
    "../core/index.ts *,a,C",
    "./d.ts *",
    "./e.ts E",
    "./f.ts",
    "./h.ts *",
    "./i.ts I",
    "./j.ts j,k",
    "./m.ts n",
    "./o.ts *",
    "./p.ts",
    "node:net *",
  ]);
});

interface Rule {
  readonly title: string;
  readonly find: (modules: readonly Module[]) => readonly string[];
  /** Files that break the rule, and how many complaints they get. */
  readonly broken: Readonly<Record<string, string>>;
  readonly count: number;
}

const rules: readonly Rule[] = [
  {
    title: "every file that is imported is there, by a name that is written out",
    find: missingFiles,
    broken: { "src/core/a.ts": 'import "./b.ts"; const name = "./a.ts"; await import(name);' },
    count: 2,
  },
  {
    title: "a folder imports only folders with a lower number",
    find: upwardImports,
    broken: {
      "src/core/a.ts": 'import type { A } from "../verify/index.ts";',
      "src/cache/a.ts": 'import { a } from "../registry/index.ts";',
      "src/http/a.ts": 'type A = import("../client/index.ts").A;',
      "src/sources/a.ts": 'await import("../client/index.ts"); import "../core/index.ts";',
      "src/utils/a.ts": 'import "../core/index.ts";',
    },
    count: 5,
  },
  {
    title: "a folder imports another through its index.ts",
    find: sideDoors,
    broken: {
      "src/cache/a.ts":
        'import type { A } from "../core/digest.ts"; import "../core/index.ts"; import "./b.ts";',
      "src/index.ts": 'export { a } from "./client/a.ts";',
      "src/client/a.ts": 'import "../../test/support/registry.ts";',
    },
    count: 3,
  },
  {
    title: "no file imports itself, not even by way of others",
    find: cycles,
    broken: {
      "src/core/a.ts": 'import "./b.ts";',
      "src/core/b.ts": 'import type { C } from "./c.ts";',
      "src/core/c.ts": 'await import("./a.ts");',
    },
    count: 1,
  },
  {
    title: "only the client and the command read the environment and the clock",
    find: ambientReads,
    broken: {
      "src/cache/a.ts":
        'process.env["A"]; process["env"]; Date.now(); new Date(); new Date(0); performance.now();',
      "src/client/a.ts": "process.env; Date.now();",
    },
    count: 5,
  },
  {
    title: "only the wire client opens sockets",
    find: (modules) => socketImports(modules).filter((text) => !socketModules.has(text.split(" ")[0] ?? "")),
    broken: {
      "src/http/a.ts": 'import { connect } from "node:net"; await import("tls");',
      "src/http/wire/a.ts": 'import "node:net";',
      "src/registry/a.ts": 'import { request } from "node:https"; process.getBuiltinModule("node:http");',
    },
    count: 4,
  },
  {
    title: "core and distributor use nothing of Node.js",
    find: builtinsInPortable,
    broken: {
      "src/core/a.ts": 'import "node:fs"; import type { B } from "crypto"; import "./b.ts";',
      "src/distributor/a.ts": 'import { Buffer } from "node:buffer"; import "../core/index.ts";',
      "src/verify/a.ts": 'import "node:crypto";',
    },
    count: 3,
  },
  {
    title: "nothing imports the command",
    find: importsOfCommand,
    broken: { "src/index.ts": 'export { run } from "./cli/run.ts";', "src/cli/a.ts": 'import "./b.ts";' },
    count: 1,
  },
  {
    title: "every index.ts begins with what the folder is for",
    find: undocumentedIndexes,
    broken: {
      "src/core/index.ts": "/** Values. */ export {};",
      "src/http/index.ts": 'import "./a.ts";\n/**\n * HTTP.\n * @module\n */\n',
      "src/cache/index.ts": "/**\n * The cache.\n * @module\n */\nexport {};\n",
    },
    count: 2,
  },
  {
    title: "no file has more than 250 lines, but for those that have a reason",
    find: (modules) => filesTooLong(modules, longFiles),
    broken: { "src/core/a.ts": "a;\n".repeat(251), "src/core/b.ts": "b;\n".repeat(250) },
    count: 1,
  },
  {
    title: "what is exported is used by another file, or public",
    find: (modules) => unusedExports(modules, modules === sources ? everything : modules),
    broken: {
      "src/core/a.ts":
        "export function used(): Used {} export interface Used {} export const unused = 2; export type Unused = 3; export function lost() {}",
      "src/core/index.ts": 'export { used, lost, type Used, type Unused } from "./a.ts";',
      "src/index.ts": 'export { used } from "./core/index.ts"; const { a } = await import("./cache/a.ts");',
      "src/cache/a.ts": "export const a = 1; export class B {}",
    },
    count: 6,
  },
];

describe.each(rules)("$title", ({ find, broken, count }) => {
  test("in this project", () => {
    expect(find(sources)).toEqual([]);
  });

  test("and where it is not so, that is found", () => {
    const found = find(written(broken));
    expect(found).toHaveLength(count);
  });
});

test("every exception is still needed", () => {
  const excused = socketImports(sources).map((text) => text.split(" ")[0]);
  expect([...new Set(excused)]).toEqual([...socketModules.keys()]);
});

test("every folder of a layer but the command's has an index.ts", () => {
  const folders = new Set(sources.map(({ path }) => layerOf(path)).filter((folder) => folder !== undefined));
  const withIndex = sources.flatMap(({ path }) => /^src\/([^/]+)\/index\.ts$/.exec(path)?.[1] ?? []);
  expect(withIndex.toSorted()).toEqual([...folders].filter((folder) => folder !== "cli").toSorted());
});
