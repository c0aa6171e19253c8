import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { decodeJson, errnoOf, isJsonObject, type JsonObject, parseJson } from "../../core/index.ts";

const maxBytes = 1_048_576;
const maxDepth = 32;

/** The object in a file of logins, an empty one when it is not there, or what is wrong with it, after "the file". */
export function readConfigFile(path: string): JsonObject | string {
  try {
    // O_NONBLOCK: a FIFO in the file's place must not hold us.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) return "is no regular file";
      if (stats.size > maxBytes) return `is larger than ${maxBytes} bytes`;
      const bytes = readFileSync(file);
      const config = parseJson(bytes);
      if (isJsonObject(config)) return config;
      const decoded = decodeJson(bytes, { maxDepth });
      return "flaw" in decoded ? decoded.flaw : "is no JSON object";
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === "ENOENT" || errno === "ENOTDIR" ? {} : `cannot be read (${errno})`;
  }
}
