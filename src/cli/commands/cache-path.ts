import { withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";

/** `cache path REF` */
export async function cachePath({ client, operands: [text = ""], signal }: Invocation): Promise<Output> {
  const path = await client.cachedPath(text, { signal });
  return { lines: [path], json: { reference: withoutSecrets(text), cache_path: path } };
}
