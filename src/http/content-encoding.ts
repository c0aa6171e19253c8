import type { DistError } from "../core/index.ts";
import { unusableAnswer } from "./failure.ts";
import type { HttpRequest } from "./http.ts";

/**
 * The error of a response that is compressed although `identity` was asked for: digests are of the bytes as stored,
 * and nothing here unpacks. `undefined` when all is well.
 */
export function encodingRefusal(
  request: HttpRequest,
  encoding: string | null | undefined,
): DistError<"NETWORK"> | undefined {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return undefined;
  return unusableAnswer(request, `it is encoded (${name}), and only identity was asked for`);
}
