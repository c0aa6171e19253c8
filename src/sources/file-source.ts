import { type FileHandle, realpath, stat } from "node:fs/promises";
import { resolve as resolvePath } from "node:path";
import { chunksOf, openRegular } from "../cache/index.ts";
import { DistError, errnoOf, mediaTypes, printable, type ReferenceOf } from "../core/index.ts";
import { type ByteSource, type Measured, verifyInto } from "../verify/index.ts";
import type { Source } from "./source.ts";

/** Files on this machine. They are hashed to know their digest, and read a second time only if they are not cached. */
export function createFileSource(): Source<ReferenceOf<"file">> {
  return {
    async resolve(reference, { signal }) {
      const path = resolvePath(reference.path);
      return {
        kind: "content",
        ...(await measure(path, signal)),
        mediaType: mediaTypes.wasm,
        open: async () => readAndClose(await openFile(path), path),
        discard: () => undefined,
        note: undefined,
      };
    },
  };
}

async function measure(path: string, signal: AbortSignal | undefined): Promise<Measured> {
  const anything = { reference: path, maxBytes: Number.MAX_SAFE_INTEGER };
  const bytes = readAndClose(await openFile(path), path);
  return verifyInto(bytes, anything, () => Promise.resolve(), { signal });
}

async function* readAndClose(handle: FileHandle, path: string): ByteSource {
  try {
    yield* chunksOf(handle);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await handle.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const real = await realpath(path);
    const handle = await openRegular(real);
    if (handle !== undefined) return handle;
    throw notAFile(path, (await stat(real)).isDirectory());
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
