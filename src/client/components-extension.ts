import { DistError, isJsonObject } from "../core/index.ts";

/** The components that a pack asks for. */
export interface ComponentsExtension {
  readonly refs: readonly string[];
  /** Whether they are to be there before the pack is used. Not said in the pack: `eager`. */
  readonly mode: "eager" | "lazy";
  /** Whether `refs` may be tags. Not said in the pack: false. */
  readonly allowTags: boolean;
}

const key = "greentic.components";

/**
 * What the manifest of a pack says in `extensions."greentic.components"`: under `inline`, or right there; `undefined`
 * when it has no such extension.
 * @throws {DistError} INVALID_INPUT when the extension is malformed
 */
export function componentsExtensionOf(packManifest: unknown): ComponentsExtension | undefined {
  const extensions = isJsonObject(packManifest) ? packManifest["extensions"] : undefined;
  const extension = isJsonObject(extensions) ? extensions[key] : undefined;
  if (extension === undefined) return undefined;
  const inline = isJsonObject(extension) && "inline" in extension ? extension["inline"] : extension;
  if (!isJsonObject(inline)) throw malformed("is no object");
  const { refs, mode = "eager", allow_tags: allowTags = false } = inline;
  if (!isListOfText(refs)) throw malformed("has no list of texts `refs`");
  if (mode !== "eager" && mode !== "lazy") throw malformed("has a `mode` that is neither eager nor lazy");
  if (typeof allowTags !== "boolean") throw malformed("has an `allow_tags` that is neither true nor false");
  return { refs, mode, allowTags };
}

function isListOfText(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function malformed(what: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", `the extension ${key} of the pack ${what}`, {});
}
