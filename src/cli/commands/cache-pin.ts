import type { PinnedArtifact } from "../../client/index.ts";
import { DistError, printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";

/** `cache pin [REF]` */
export async function cachePin({ client, operands, signal }: Invocation): Promise<Output> {
  const [reference] = operands;
  return show(reference === undefined ? await client.listPins() : [await client.pin(reference, { signal })]);
}

/** `cache unpin REF` */
export async function cacheUnpin({ client, operands: [reference = ""] }: Invocation): Promise<Output> {
  const unpinned = await client.unpin(reference);
  if (unpinned.length > 0) return show(unpinned);
  const shown = printable(reference);
  throw new DistError(
    "NOT_CACHED",
    `nothing is pinned as \`${shown}\``,
    { reference: shown },
    { hint: "`greentic-dist cache pin` lists what is pinned" },
  );
}

function show(pins: readonly PinnedArtifact[]): Output {
  return { lines: pins.map(({ digest, reference }) => `${digest} ${reference}`), json: pins };
}
