/** An object out of `JSON.parse`: its values have not been looked at. */
export type JsonObject = { readonly [key: string]: unknown };

/** Whether `value` is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Made once, for to make it takes longer than to decode a few hundred bytes. */
let utf8: InstanceType<typeof TextDecoder> | undefined;

/** The value that UTF-8 `bytes` spell in JSON, or `undefined` when they spell none. */
export function parseJson(bytes: Uint8Array): unknown {
  utf8 ??= new TextDecoder("utf-8", { fatal: true });
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
