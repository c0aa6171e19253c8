import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Blob, isWasmName } from "../../cache/index.ts";
import { isJsonObject, limits, parseJson, printable } from "../../core/index.ts";
import { type Pull, warn } from "./pull-context.ts";

/** What of a `component.manifest.json` matters here; `undefined` for what it does not say. */
export interface ComponentManifest {
  /** `artifacts.component_wasm`, as it stands there. */
  readonly wasm: string | undefined;
  /** `hashes.component_wasm`: `blake3:` and 64 hexadecimal digits. */
  readonly hash: string | undefined;
  readonly isReadable: boolean;
}

/** Reads a component manifest out of the cache. */
export async function readComponentManifest(blob: Blob | undefined): Promise<ComponentManifest> {
  return fieldsOf(blob === undefined ? {} : await readJson(blob));
}

/** Reads the bytes of a component manifest. */
export function parseComponentManifest(bytes: Uint8Array): ComponentManifest {
  return fieldsOf(parseJson(bytes));
}

function fieldsOf(value: unknown): ComponentManifest {
  const field = (section: string): string | undefined => {
    const object = isJsonObject(value) ? value[section] : undefined;
    const text = isJsonObject(object) ? object["component_wasm"] : undefined;
    return typeof text === "string" ? text : undefined;
  };
  return { wasm: field("artifacts"), hash: field("hashes"), isReadable: isJsonObject(value) };
}

/** The JSON in a blob; `undefined` when it is none, or more than a manifest may be. */
async function readJson({ path, size }: Blob): Promise<unknown> {
  return size > limits.manifestBytes ? undefined : parseJson(await readFile(path));
}

/**
 * The second name that a component gets beside `component.wasm`, from its component manifest. Says what in the
 * manifest is no use, or does not fit the component.
 * @throws {DistError} UNUSABLE_ARTIFACT, DIGEST_MISMATCH, with `strict`
 */
export async function checkComponentManifest(
  { settings, text }: Pull,
  blob: Blob | undefined,
  component: Blob,
): Promise<string | undefined> {
  const { wasm, hash, isReadable } = await readComponentManifest(blob);
  if (!isReadable) {
    warn(
      settings,
      "COMPONENT_MANIFEST_UNREADABLE",
      `the component manifest of \`${text}\` is no JSON object`,
      text,
    );
  }
  if (hash !== undefined) {
    const expected = printable(hash.toLowerCase());
    const actual = await blake3Of(component);
    const message = `hashes.component_wasm of \`${text}\` is stale: it says ${expected}, the component has ${actual}`;
    if (actual !== expected) warn(settings, "COMPONENT_HASH_STALE", message, text, { expected, actual });
  }
  if (wasm === undefined || isWasmName(wasm)) return wasm;
  const message = `the component manifest of \`${text}\` names \`${printable(wasm)}\`, which is no bare file name; it was ignored`;
  warn(settings, "COMPONENT_NAME_IGNORED", message, text);
  return undefined;
}

async function blake3Of({ path }: Blob): Promise<string> {
  const { blake3 } = await import("@noble/hashes/blake3.js");
  const hash = blake3.create();
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return `blake3:${Buffer.from(hash.digest()).toString("hex")}`;
}
