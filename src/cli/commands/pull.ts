import { withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";

/** `pull REF` */
export async function pull({ client, operands: [text = ""], signal }: Invocation): Promise<Output> {
  const { reference, digest, cachePath, fetched } = await client.ensureCached(text, { signal });
  return {
    lines: [cachePath],
    json: { reference: withoutSecrets(reference), digest, cache_path: cachePath, fetched },
  };
}
