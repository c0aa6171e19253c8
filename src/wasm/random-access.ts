/** A file of which any part can be read. */
export interface RandomAccess {
  /** In bytes. */
  readonly size: number;
  /**
   * The `length` bytes at `position`, which lie within `size`; fewer only when the file has become shorter. What it
   * returns is borrowed: its memory may be used again by the next call.
   */
  readonly read: (position: number, length: number) => Promise<Uint8Array>;
}

/** How much is read at once, in bytes: most headers of sections lie close together. */
const windowBytes = 4096;

/**
 * Reads parts of `file`, forward: most of them out of what was read before. A part is cut where the file ends, and
 * borrowed until the next one is asked for.
 */
export function createWindow(file: RandomAccess): (position: number, length: number) => Promise<Uint8Array> {
  let start = 0;
  let bytes: Uint8Array = new Uint8Array();
  return async (position, length) => {
    const end = Math.min(position + length, file.size);
    if (position < start || end > start + bytes.length) {
      bytes = await file.read(position, Math.min(Math.max(length, windowBytes), file.size - position));
      start = position;
    }
    return bytes.subarray(position - start, end - start);
  };
}
