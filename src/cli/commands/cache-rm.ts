import type { Invocation, Output } from "../command.ts";

/** `cache rm DIGEST…` */
export async function cacheRm({ client, operands }: Invocation): Promise<Output> {
  await client.removeCached(operands);
  return { lines: [], json: operands };
}
