import { type OnEvent, throwIfAborted } from "../../core/index.ts";
import type { NewBlob, NewLayout } from "../../layout/index.ts";
import type { ByteSource } from "../../verify/index.ts";

/** A layout that says what of it is being written. */
export function announced(layout: NewLayout, onEvent: OnEvent, signal: AbortSignal | undefined): NewLayout {
  const announce = (blob: NewBlob): NewBlob => ({
    ...blob,
    open: () => announcedBytes(blob, onEvent, signal),
  });
  return { ...layout, manifests: layout.manifests.map(announce), blobs: layout.blobs.map(announce) };
}

async function* announcedBytes(
  { digest, size: totalBytes, open }: NewBlob,
  onEvent: OnEvent,
  signal: AbortSignal | undefined,
): ByteSource {
  onEvent({ event: "uploading", reference: digest, digest, totalBytes });
  let sentBytes = 0;
  for await (const chunk of open()) {
    throwIfAborted(signal);
    yield chunk;
    sentBytes += chunk.length;
    onEvent({ event: "sent", digest, sentBytes, totalBytes });
  }
  onEvent({ event: "uploaded", digest });
}
