import type { ByteSource } from "../../verify/index.ts";
import { openRegular } from "./read-file.ts";
import { chunksOf } from "../hashing/hash-file.ts";

/**
 * The bytes of the regular file at `path`, which is opened when the first of them are asked for. Each chunk is borrowed
 * until the next one is.
 * @param absent makes the error for a path where no regular file lies
 */
export async function* readChunks(path: string, absent: () => Promise<Error>): ByteSource {
  const handle = await openRegular(path);
  if (handle === undefined) throw await absent();
  try {
    yield* chunksOf(handle);
  } finally {
    await handle.close();
  }
}
