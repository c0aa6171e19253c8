import { OciPackFetcher } from "../../client/index.ts";
import { withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";

/** `pack REF [--allow-tags]` */
export async function pack(invocation: Invocation): Promise<Output> {
  const {
    clientOptions,
    operands: [text = ""],
    options,
    signal,
  } = invocation;
  await using fetcher = new OciPackFetcher({ ...clientOptions, allowTags: options.has("allow-tags") });
  const { reference, digest, mediaType, shape, cachePath, fetched } = await fetcher.fetchPackToCache(text, {
    signal,
  });
  return {
    lines: [cachePath],
    json: {
      reference: withoutSecrets(reference),
      digest,
      media_type: mediaType,
      shape,
      cache_path: cachePath,
      fetched,
    },
  };
}
