import { withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { valuesOf } from "../option-values.ts";

/** `copy FROM TO [--platform OS/ARCH] [--tag TAG] [--force]` */
export async function copy({ client, operands, options, signal }: Invocation): Promise<Output> {
  const [from = "", to = ""] = operands;
  const { reference, digest, tags, manifests, blobs, bytes } = await client.copy(from, to, {
    onePlatform: options.has("platform"),
    tags: valuesOf(options, "tag"),
    force: options.has("force"),
    signal,
  });
  return {
    lines: [digest],
    json: { reference: withoutSecrets(reference), digest, tags, manifests, blobs, bytes },
  };
}
