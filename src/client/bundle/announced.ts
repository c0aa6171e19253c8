import { type OnEvent, throwIfAborted } from "../../core/index.ts";
import type { NewBlob, NewLayout } from "../../layout/index.ts";
import type { ByteSource } from "../../verify/index.ts";

/** Who hears what of a layout is being written. */
export interface AnnounceOptions {
  /** What is copied there. */
  readonly reference: string;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal | undefined;
}

/** A layout that says of each blob that it is being written. */
export function announced(layout: NewLayout, { reference, onEvent, signal }: AnnounceOptions): NewLayout {
  return observed(layout, async function* announce({ digest, size: totalBytes, open }) {
    onEvent({ event: "uploading", reference, digest, totalBytes });
    let sentBytes = 0;
    for await (const chunk of open()) {
      throwIfAborted(signal);
      yield chunk;
      sentBytes += chunk.length;
      onEvent({ event: "sent", digest, sentBytes, totalBytes });
    }
    onEvent({ event: "uploaded", digest });
  });
}

/** A layout that says how much of all its blobs is written. */
export function measured(
  layout: NewLayout,
  onWritten: (bytes: number, totalBytes: number) => void,
  signal: AbortSignal | undefined,
): NewLayout {
  const sizes = new Map([...layout.manifests, ...layout.blobs].map(({ digest, size }) => [digest, size]));
  const totalBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let bytes = 0;
  return observed(layout, async function* measure({ open }) {
    for await (const chunk of open()) {
      throwIfAborted(signal);
      yield chunk;
      bytes += chunk.length;
      onWritten(bytes, totalBytes);
    }
  });
}

function observed({ entries, manifests, blobs }: NewLayout, read: (blob: NewBlob) => ByteSource): NewLayout {
  const observe = (blob: NewBlob): NewBlob => ({ ...blob, open: () => read(blob) });
  return { entries, manifests: manifests.map(observe), blobs: blobs.map(observe) };
}
