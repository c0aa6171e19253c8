import { withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";

/** `resolve REF` */
export async function resolve({ client, operands: [text = ""], signal }: Invocation): Promise<Output> {
  const { reference, digest } = await client.resolveRef(text, { signal });
  return { lines: [digest], json: { reference: withoutSecrets(reference), digest } };
}
