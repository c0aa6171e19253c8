import { type LockDialect, printLost } from "../../client/index.ts";
import { DistError, printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { valueOf } from "../option-values.ts";
import { writeToStdout } from "../write-to-stdout.ts";

const dialects: readonly LockDialect[] = ["json-object", "json-array", "cbor"];

/** `lock convert FILE --to DIALECT -o FILE [--lossy]` */
export async function lockConvert({ client, operands, options }: Invocation): Promise<Output> {
  const [path = ""] = operands;
  const [asked, output] = [valueOf(options, "to"), valueOf(options, "output")];
  const to = dialects.find((dialect) => dialect === asked);
  if (to === undefined) {
    const got = asked === undefined ? "" : `, got \`${printable(asked)}\``;
    throw misuse(`lock convert requires --to ${dialects.join(", ")}${got}`, "as in --to json-object");
  }
  if (output === undefined) throw misuse("lock convert requires --output FILE", "as in -o pack.lock.json");
  const isStdout = output === "-";
  const { entries, lost } = await client.convertLock(path, isStdout ? writeToStdout : output, {
    to,
    lossy: options.has("lossy"),
  });
  return {
    isStdoutTaken: isStdout,
    lines: [`${printable(output)} ${to} ${entries}`],
    notes: lost.map((one) => `left out ${printLost(one)}`),
    json: {
      path: output,
      dialect: to,
      entries,
      lost: lost.map(({ index, name, keys }) => ({ index: index ?? null, name: name ?? null, keys })),
    },
  };
}

function misuse(message: string, hint: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", message, {}, { hint });
}
