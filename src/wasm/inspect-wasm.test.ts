import { readFileSync } from "node:fs";
import {
  componentEmbed,
  componentNew,
  componentWit,
  parse,
  print,
} from "@bytecodealliance/jco-transpile/wasm-tools";
import { beforeAll, describe, expect, test } from "vitest";
import { bytesOf, smallComponent } from "../../test/support/artifacts.ts";
import { projectPath } from "../../test/support/project-path.ts";
import { rejectionOf } from "../../test/support/thrown.ts";
import { DistError } from "../core/index.ts";
import { inspectWasm, type WasmInspection } from "./inspect-wasm.ts";
import type { RandomAccess } from "./random-access.ts";

const appWit = `package test:app@1.2.3;
  interface types { record point { x: u32 } }
  interface greeter { resource box { constructor(); } greet: func(name: string) -> string; }
  world app {
    use types.{point};
    import wasi:cli/run@0.2.0;
    import side: interface { go: func(); }
    import log: func(text: string);
    export greeter;
    export run: func() -> point;
    export wasi:cli/run@0.2.0;
  }
  package wasi:cli@0.2.0 { interface run { run: func() -> result; } }`;

const allSorts = `(component
  (import "a:b/c@1.0.0" (instance)) (import "m" (core module)) (import "c" (component))
  (import "r" (type (sub resource))) (type $l (list u8)) (import "t" (type (eq $l))) (import "f" (func))
  (core module $inner (import "not" "mine" (func)) (func (export "nor-this")))
  (component $nested (import "not-this" (func)) (export "nor-that" (func 0)))
  (export "core-module" (core module $inner)) (export "nested" (component $nested))
  (export "list" (type $l)) (export "again" (func 0) (func)) (export "d:e/f@2.0.0" (instance 0)))`;

const allKinds = `(module
  (import "env" "f" (func)) (import "env" "t" (table 1 2 funcref))
  (import "env" "m" (memory 1 9 shared)) (import "env" "g" (global (mut v128)))
  (import "env" "null.able" (global (ref null func))) (import "env" "tag" (tag (param i32)))
  (func $f (export "f")) (func (export "é\\00") call $f) (table (export "t") 1 funcref)
  (global (export "g") i32 (i32.const 1)) (tag (export "tag")) (export "m" (memory 0)) (data (memory 0) (i32.const 0) "x"))`;

/** Types and limits that Node 20 does not know. */
const laterKinds = `(module (type $t (struct)) (import "e" "a" (global (ref $t))) (import "e" "b" (global (mut anyref)))
  (import "e" "c" (memory i64 1 2)) (import "e" "d" (memory 1 (pagesize 1))) (import "e" "e" (global (ref exn)))
  (import "e" "f" (table i64 0 externref)))`;

const components = new Map<string, Uint8Array>();
const modules = new Map<string, Uint8Array>();

beforeAll(async () => {
  components.set("hello", smallComponent);
  components.set("app", await appComponent());
  components.set("sorts", await parse(allSorts));
  components.set("empty", await parse("(component)"));
  modules.set("app's module", await componentEmbed({ witSource: appWit, dummy: true, world: "app" }));
  modules.set("kinds", await parse(allKinds));
  modules.set("empty", await parse("(module)"));
});

describe("inspectWasm", () => {
  test.each(["hello", "app", "sorts", "empty"])(
    "lists the imports and exports of component %s",
    async (name) => {
      const bytes = components.get(name)!;
      expect(await inspectWasm(inMemory(bytes))).toEqual(await printed(bytes));
    },
  );

  test.each(["hello", "app"])(
    "lists the interfaces and functions of the world of component %s",
    async (name) => {
      const bytes = components.get(name)!;
      const { imports, exports } = await inspectWasm(inMemory(bytes));
      expect({ imports: imports.filter(isNoType), exports: exports.filter(isNoType) }).toEqual(
        await world(bytes),
      );
    },
  );

  test.each(["app's module", "kinds", "empty"])(
    "lists of the module %s what the engine lists",
    async (name) => {
      const bytes = modules.get(name)!;
      expect(await inspectWasm(inMemory(bytes))).toEqual(engineLists(bytes));
    },
  );

  test.each([
    "js-component-bindgen-component.core.wasm",
    "js-component-bindgen-component.core2.wasm",
    "wasm-tools.core.wasm",
    "wasm-tools.core2.wasm",
  ])("lists of the real module %s what the engine lists", async (name) => {
    const path = projectPath(`node_modules/@bytecodealliance/jco-transpile/vendor/${name}`);
    const bytes = readFileSync(path);
    expect(await inspectWasm(inMemory(bytes))).toEqual(engineLists(bytes));
  });

  test("steps over the types of proposals", async () => {
    const { imports } = await inspectWasm(inMemory(await parse(laterKinds)));
    expect(imports.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "e.a global",
      "e.b global",
      "e.c memory",
      "e.d memory",
      "e.e global",
      "e.f table",
    ]);
  });

  test("gives names their whole version, and leaves their other attributes out", async () => {
    const bytes = await parse(`(component
      (import "a:b/c@1.0" (versionsuffix ".7-rc") (instance))
      (import "d:e/f@2.0.0" (external-id "id") (instance))
      (import "label" (implements "g:h/i@3.0.0") (instance)))`);
    const { imports } = await inspectWasm(inMemory(bytes));
    expect(imports.map(({ name }) => name)).toEqual(["a:b/c@1.0.7-rc", "d:e/f@2.0.0", "label"]);
  });

  test("reads names in the form from before names had forms", async () => {
    const older = withSections(0x0d, 1, section(10, 1, 1, ...nameBytes("a:b/c"), 5, 0));
    expect((await inspectWasm(inMemory(older))).imports).toEqual([{ name: "a:b/c", kind: "instance" }]);
  });

  test("reads a few kilobytes of a file of 2 GiB", async () => {
    const exported = section(11, 1, 0, ...nameBytes("greet"), 1, 0, 0);
    const inner = 2 ** 31 - 8 - 6 - exported.length;
    const start = Uint8Array.of(...withSections(0x0d, 1), 1, ...u32(inner));
    const end = 2 ** 31 - exported.length;
    let readBytes = 0;
    const file: RandomAccess = {
      size: 2 ** 31,
      read: async (position, length) => {
        readBytes += length;
        const bytes = new Uint8Array(length);
        if (position === 0) bytes.set(start);
        if (position === end) bytes.set(exported);
        return bytes;
      },
    };
    expect((await inspectWasm(file)).exports).toEqual([{ name: "greet", kind: "func" }]);
    expect(readBytes).toBeLessThan(10_000);
  });
});

describe("inspectWasm refuses", () => {
  test("a component that is cut, unless between two sections", async () => {
    for (let length = 0; length < smallComponent.length; length++) {
      const cut = smallComponent.slice(0, length);
      expect([length, await inspected(cut)]).toEqual([length, await printed(cut)]);
    }
  });

  test.each<[string, Uint8Array, string]>([
    ["no bytes", new Uint8Array(), "expected a WebAssembly component or module, got a file of unknown shape"],
    ["a zip archive", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0), "got a file of zip shape"],
    [
      "a module of another version",
      withSections(2, 0),
      "expected a WebAssembly module of binary version 1, got 2",
    ],
    ["a component of an older version", withSections(0x0a, 1), "of binary version 13, got 10"],
    ["a component of a later version", withSections(0x0100, 1), "of binary version 13, got 256"],
    [
      "a section of no known id",
      withSections(0x0d, 1, section(13)),
      "at byte 9: section 13 must not be here",
    ],
    [
      "a module's section twice",
      withSections(1, 0, section(2, 0), section(2, 0)),
      "section 2 must not be here",
    ],
    [
      "a module's sections in disorder",
      withSections(1, 0, section(7, 0), section(2, 0)),
      "section 2 must not",
    ],
    ["a section that is cut", withSections(1, 0, [2, 5, 0]), "expected a section of 5 bytes, got 1"],
    [
      "an import section without a count",
      withSections(1, 0, section(2)),
      "expected another byte, got the end",
    ],
    [
      "more in a section than it counts",
      withSections(1, 0, section(2, 0, 0)),
      "the end of the section after 0",
    ],
    ["less in a section than it counts", withSections(1, 0, section(7, 1)), "expected another byte"],
    ["a count of billions", withSections(1, 0, section(7, ...u32(0xffff_ffff))), "at most 100000 imports"],
    [
      "a kind of import there is not",
      withSections(1, 0, section(2, 1, 0, 0, 0x7f)),
      "import or export, got 127",
    ],
    [
      "a value type there is not",
      withSections(1, 0, section(2, 1, 0, 0, 3, 0x40, 0)),
      "expected a value type, got 64",
    ],
    [
      "a mutability there is not",
      withSections(1, 0, section(2, 1, 0, 0, 3, 0x7f, 2)),
      "mutability of a global, got 2",
    ],
    [
      "limits there are not",
      withSections(1, 0, section(2, 1, 0, 0, 2, 0x10, 0)),
      "the flags of limits, got 16",
    ],
    [
      "a sort there is not",
      withSections(13, 1, section(10, 1, 0, 0, 6, 0)),
      "the sort of an import or export, got 6",
    ],
    ["a core sort but module", withSections(13, 1, section(10, 1, 0, 0, 0, 0x10)), "a core module, got 16"],
    ["a bound there is not", withSections(13, 1, section(10, 1, 0, 0, 3, 2)), "the bound of a type, got 2"],
    ["a form of name there is not", withSections(13, 1, section(10, 1, 3)), "the form of a name, got 3"],
    [
      "an attribute there is not",
      withSections(13, 1, section(10, 1, 2, 0, 1, 3)),
      "attribute of a name, got 3",
    ],
    [
      "an attribute twice",
      withSections(13, 1, section(10, 1, 2, 0, 2, 1, 0, 1)),
      "attribute of a name, got 1",
    ],
    [
      "an option that is neither",
      withSections(13, 1, section(11, 1, 0, 0, 1, 0, 2)),
      "expected 0 or 1, got 2",
    ],
  ])("%s", async (_what, bytes, why) => {
    const error = await rejectionOf(inspectWasm(inMemory(bytes)));
    expect(error.code).toBe("UNUSABLE_ARTIFACT");
    expect(error.message).toContain(why);
  });

  test("more sections, imports or bytes of imports than any real file has", async () => {
    const preamble = withSections(0x0d, 1);
    const custom = Array.from({ length: 100_001 }, () => [0, 1, 0]).flat();
    const exported = Array.from({ length: 60_000 }, () => [0, 0, 1, 0, 0]).flat();
    const half = [11, ...u32(5 + exported.length), ...u32(60_000)];
    const tooLarge = [11, ...u32(2 ** 24 + 1)];
    for (const [bytes, why] of [
      [concatenated(preamble, custom), "at most 100000 sections"],
      [concatenated(preamble, half, exported, half, exported), "at most 100000 imports and exports"],
      [concatenated(preamble, tooLarge, new Uint8Array(2 ** 24 + 1)), "at most 16777216 bytes"],
    ] as const) {
      const error = await rejectionOf(inspectWasm(inMemory(bytes)));
      expect(error.message).toContain(why);
    }
  });

  test("a file that becomes shorter while it is read", async () => {
    const file = {
      size: smallComponent.length,
      read: async (at: number) => smallComponent.subarray(at, 300),
    };
    expect((await rejectionOf(inspectWasm(file))).code).toBe("UNUSABLE_ARTIFACT");
  });

  test("to go on when the caller stops it", async () => {
    const signal = AbortSignal.abort();
    expect((await rejectionOf(inspectWasm(inMemory(smallComponent), { signal }))).code).toBe("ABORTED");
  });
});

test("of 10,000 changed binaries, lists those that are valid, rightly, and refuses or lists the others", async () => {
  const originals = [...components.values(), ...modules.values()];
  const random = new DataView(bytesOf(80_000, "changes").buffer);
  let valid = 0;
  for (let i = 0; i < 10_000; i++) {
    const at = (offset: number): number => random.getUint8(i * 8 + offset);
    let bytes = originals[at(0) % originals.length]!;
    for (let change = 0; change <= at(1) % 3; change++) {
      const position = (at(2 + change) * 256 + at(5)) % (bytes.length + 1);
      const removed = at(6) % 8 === 0 ? change : 1; // now and then more or fewer bytes
      bytes = concatenated(bytes.subarray(0, position), [at(7) ^ change], bytes.subarray(position + removed));
    }
    const ours = await inspected(bytes);
    const theirs = await validated(bytes);
    if (theirs === undefined) continue;
    valid++;
    expect(ours, `change ${i}`).toEqual(theirs);
  }
  expect(valid).toBeGreaterThan(1000);
});

/** The part of Node's `WebAssembly` that stands in for the types it comes without. */
declare const WebAssembly: {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): readonly { module: string; name: string; kind: string }[];
    exports(module: object): readonly { name: string; kind: string }[];
  };
};

/** Reads into the same memory each time, as a file may. */
function inMemory(bytes: Uint8Array): RandomAccess {
  const memory = new Uint8Array(bytes.length);
  return {
    size: bytes.length,
    read: async (position, length) => {
      expect(position + length).toBeLessThanOrEqual(bytes.length);
      memory.fill(0xee);
      memory.set(bytes.subarray(position, position + length));
      return memory.subarray(0, length);
    },
  };
}

/** What we list, or `undefined` when we refuse. */
async function inspected(bytes: Uint8Array): Promise<WasmInspection | undefined> {
  try {
    return await inspectWasm(inMemory(bytes));
  } catch (error) {
    if (error instanceof DistError && error.code === "UNUSABLE_ARTIFACT") return undefined;
    throw error;
  }
}

/** What wasm-tools or the engine lists, or `undefined` when it finds the binary invalid. */
async function validated(bytes: Uint8Array): Promise<WasmInspection | undefined> {
  if (bytes[6] === 0) return WebAssembly.validate(new Uint8Array(bytes)) ? engineLists(bytes) : undefined;
  try {
    await componentWit(bytes);
  } catch {
    return undefined;
  }
  return printed(bytes);
}

/** What wasm-tools prints of a binary that it can print: the outermost definitions stand two spaces in. */
async function printed(bytes: Uint8Array): Promise<WasmInspection | undefined> {
  let text: string;
  try {
    text = await print(bytes);
  } catch {
    return undefined;
  }
  const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
  const ignored = String.raw`(?:\$(?:${quoted}|\S+) |\(@name ${quoted}\) |\(;\d+;\) )*`;
  const of = (word: string) =>
    [
      ...text.matchAll(new RegExp(String.raw`^  \(${word} ${ignored}(${quoted}) .*?\((?:core )?(\w+)`, "gm")),
    ].map(([, name, kind]) => ({ name: name!.slice(1, -1), kind }));
  return {
    kind: text.startsWith("(component") ? "component" : "module",
    imports: of("import"),
    exports: of("export"),
  } as WasmInspection;
}

/** The imports and exports of the world that wasm-tools makes of a component. */
async function world(bytes: Uint8Array): Promise<Omit<WasmInspection, "kind">> {
  const wit = await componentWit(bytes);
  const of = (word: string) =>
    [...wit.matchAll(new RegExp(`^  ${word} (\\S+?)(?:: (func).*|: interface .*)?[;{]$`, "gm"))].map(
      ([, name, func]) => ({
        name,
        kind: func ?? "instance",
      }),
    );
  return { imports: of("import"), exports: of("export") } as Omit<WasmInspection, "kind">;
}

function engineLists(bytes: Uint8Array): WasmInspection {
  const module = new WebAssembly.Module(new Uint8Array(bytes));
  const imports = WebAssembly.Module.imports(module);
  const exports = WebAssembly.Module.exports(module);
  return {
    kind: "module",
    imports: imports.map((entry) => ({ name: `${entry.module}.${entry.name}`, kind: kindOf(entry.kind) })),
    exports: exports.map(({ name, kind }) => ({ name, kind: kindOf(kind) })),
  };
}

/** The types that a world uses or has are no imports in its text. */
function isNoType({ kind }: { kind: string }): boolean {
  return kind !== "type";
}

function kindOf(kind: string) {
  return (kind === "function" ? "func" : kind) as WasmInspection["imports"][number]["kind"];
}

async function appComponent(): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ witSource: appWit, dummy: true, world: "app" }), []);
}

function withSections(
  version: number,
  layer: number,
  ...sections: readonly (readonly number[])[]
): Uint8Array {
  return Uint8Array.of(0, 0x61, 0x73, 0x6d, version % 256, version >> 8, layer, 0, ...sections.flat());
}

function section(id: number, ...body: readonly number[]): readonly number[] {
  return [id, ...u32(body.length), ...body];
}

function nameBytes(text: string): number[] {
  return [text.length, ...Buffer.from(text)];
}

/** Padded to five bytes. */
function u32(value: number): number[] {
  return [0, 7, 14, 21].map((shift) => ((value >>> shift) & 0x7f) | 0x80).concat(value >>> 28);
}

function concatenated(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((offset, part) => {
    bytes.set(part, offset);
    return offset + part.length;
  }, 0);
  return bytes;
}
