import type { VerifiedFile } from "../../client/index.ts";
import { DistError } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";

/** How many files the message names; the details name all. */
const namedFiles = 20;

/** `cache verify [--repair]` */
export async function cacheVerify({ client, options, signal }: Invocation): Promise<Output> {
  const repair = options.has("repair");
  const { checked, bad } = await client.verifyCache({ repair, signal });
  const [first] = bad;
  if (first !== undefined) throw mismatch(checked, [first, ...bad.slice(1)], repair);
  return { lines: [`${checked} checked, all whole`], json: { checked, bad: [] } };
}

function mismatch(
  checked: number,
  bad: readonly [VerifiedFile, ...(readonly VerifiedFile[])],
  repair: boolean,
): DistError<"DIGEST_MISMATCH"> {
  const [{ expected, actual }] = bad;
  const repaired = bad.filter((file) => file.repaired).length;
  const names = bad.slice(0, namedFiles).map((file) => `${file.path} (${stateOf(file)})`);
  const more = bad.length > namedFiles ? `, and ${bad.length - namedFiles} more` : "";
  const hint = repair
    ? `${repaired} of ${bad.length} were repaired; what was bad is kept in the cache's quarantine`
    : "what is bad was moved to the cache's quarantine; `greentic-dist cache verify --repair` downloads again what it can, and so does the next pull";
  return new DistError(
    "DIGEST_MISMATCH",
    `${bad.length} of ${checked} in the cache were bad: ${names.join(", ")}${more}`,
    { expected, actual: actual ?? "nothing", files: bad },
    { hint },
  );
}

function stateOf({ actual, repaired }: VerifiedFile): string {
  return repaired ? "repaired" : actual === undefined ? "missing" : "changed";
}
