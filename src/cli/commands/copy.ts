import { type CopiedArtifact, isLockFailure } from "../../client/index.ts";
import { DistError, withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { countOf, valueOf, valuesOf } from "../option-values.ts";

/** `copy FROM TO [--platform OS/ARCH] [--tag TAG] [--all] [--force]`, or `copy --lock FILE TO [--jobs N] [--all] [--force]` */
export async function copy(invocation: Invocation): Promise<Output> {
  const { client, operands, options, signal } = invocation;
  const lock = valueOf(options, "lock");
  const common = { withReferrers: options.has("all"), force: options.has("force"), signal };
  if (lock !== undefined) {
    const [to, ...others] = operands;
    if (to === undefined || others.length > 0)
      throw misuse("copy --lock FILE requires where to, and nothing else");
    for (const name of ["platform", "tag"]) {
      if (options.has(name)) throw misuse(`--lock and --${name} exclude each other`);
    }
    try {
      const copied = await client.copyLock(lock, to, { ...common, jobs: countOf(options, "jobs") });
      const json = copied.map((one) => Object.assign({ name: one.name ?? null }, describeCopied(one)));
      return { lines: copied.flatMap(linesOfCopied), json };
    } catch (error) {
      if (!isLockFailure(error)) throw error;
      const { copied = [] } = error.details;
      return { lines: copied.flatMap(linesOfCopied), failure: error };
    }
  }
  const [from = "", to = ""] = operands;
  if (options.has("jobs")) throw misuse("--jobs goes with --lock");
  const copied = await client.copy(from, to, {
    ...common,
    onePlatform: options.has("platform"),
    tags: valuesOf(options, "tag"),
  });
  return { lines: [copied.digest], json: describeCopied(copied) };
}

/** What was copied, as lines for people: a digest and a place, for each tag. */
export function linesOfCopied({ reference, digest, tags }: CopiedArtifact): readonly string[] {
  const repository = reference.slice(0, reference.lastIndexOf("@"));
  const places = tags.length === 0 ? [reference] : tags.map((tag) => `${repository}:${tag}`);
  return places.map((place) => `${digest} ${withoutSecrets(place)}`);
}

/** What was copied, as `--json` prints it. */
export function describeCopied({ reference, digest, tags, manifests, blobs, bytes }: CopiedArtifact): object {
  return { reference: withoutSecrets(reference), digest, tags, manifests, blobs, bytes };
}

function misuse(message: string): DistError<"INVALID_INPUT"> {
  const hint = "as in greentic-dist copy --lock pack.lock.json registry.example.com/mirror";
  return new DistError("INVALID_INPUT", message, {}, { hint });
}
