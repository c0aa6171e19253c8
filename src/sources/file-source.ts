import { realpath, stat } from "node:fs/promises";
import { resolve as resolvePath } from "node:path";
import { readChunks } from "../cache/index.ts";
import { DistError, errnoOf, mediaTypes, printable, type ReferenceOf } from "../core/index.ts";
import { type ByteSource, verifyInto } from "../verify/index.ts";
import type { Source } from "./source.ts";

/** Files on this machine. They are hashed to know their digest, and read a second time only if they are not cached. */
export function createFileSource(): Source<ReferenceOf<"file">> {
  return {
    async resolve(reference, { signal }) {
      const path = resolvePath(reference.path);
      const anything = { reference: path, maxBytes: Number.MAX_SAFE_INTEGER };
      const measured = await verifyInto(readFile(path), anything, () => Promise.resolve(), { signal });
      return {
        kind: "content",
        ...measured,
        mediaType: path.endsWith(".gtpack") ? mediaTypes.octetStream : mediaTypes.wasm,
        open: () => Promise.resolve(readFile(path)),
        discard: () => undefined,
        note: undefined,
      };
    },
  };
}

/** The bytes of a file, and of what a link leads to. */
async function* readFile(path: string): ByteSource {
  try {
    const real = await realpath(path);
    yield* readChunks(real, async () => notAFile(path, (await stat(real)).isDirectory()));
  } catch (error) {
    throw fileError(error, path);
  }
}

function notAFile(path: string, isFolder: boolean): DistError<"INVALID_INPUT"> {
  const shown = printable(path);
  return new DistError(
    "INVALID_INPUT",
    `\`${shown}\` is ${isFolder ? "a folder" : "no regular file"}, expected a file`,
    { path: shown },
    { hint: "name the file itself; if a registry was meant, write oci:// before the name" },
  );
}

function fileError(error: unknown, path: string): unknown {
  const shown = printable(path);
  const errno = error instanceof DistError ? undefined : errnoOf(error);
  switch (errno) {
    case "ENOENT":
    case "ENOTDIR":
      return new DistError(
        "NOT_FOUND",
        `file \`${shown}\` is not there`,
        { path: shown },
        {
          hint: "check the path",
          cause: error,
        },
      );
    case "EACCES":
    case "EPERM":
      return new DistError(
        "INVALID_INPUT",
        `file \`${shown}\` cannot be read: permission denied`,
        { path: shown },
        {
          hint: "give this user read access to it",
          cause: error,
        },
      );
    case "ENAMETOOLONG":
    case "ELOOP":
      return new DistError(
        "INVALID_INPUT",
        `\`${shown}\` is no usable path`,
        { path: shown },
        { cause: error },
      );
    case undefined:
      return error;
    default:
      return new DistError(
        "IO",
        `file \`${shown}\` cannot be read: ${errno}`,
        { path: shown, errno },
        { hint: "look at the disk that it lies on", cause: error },
      );
  }
}
