import type { Invocation, Output } from "../command.ts";

/** `tag REF TAG… [--force]` */
export async function tag({ client, operands, options, signal }: Invocation): Promise<Output> {
  const [reference = "", ...asked] = operands;
  const { digest, tags, written } = await client.tagImage(reference, asked, {
    force: options.has("force"),
    signal,
  });
  return {
    lines: tags.map((one) => `${one} ${digest}`),
    json: { reference, digest, tags, written },
  };
}
