import { devNull } from "node:os";
import {
  type ChangedEntry,
  type LockDiff,
  type LockEntry,
  lockfileLimits,
  placedReference,
} from "../../client/index.ts";
import { DistError, hexOf, isDigest, printable, snakeCase, withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { paint } from "../messages.ts";
import { readStdin } from "../read-stdin.ts";
import { table } from "../table.ts";

/** `lock diff BEFORE AFTER` */
export async function lockDiff({ client, operands, colour, signal }: Invocation): Promise<Output> {
  const [before = "", after = ""] = operands;
  if (before === "-" && after === "-") {
    throw new DistError(
      "INVALID_INPUT",
      "only one of the two lockfiles can be stdin",
      {},
      { hint: "name the other one" },
    );
  }
  const open = async (lock: string): Promise<string | Uint8Array> => {
    // So Git names the side of a lockfile that is not there.
    if (lock === devNull) return Buffer.from("[]");
    return lock === "-" ? readStdin(lockfileLimits.bytes, signal) : lock;
  };
  const diff = await client.diffLocks(await open(before), await open(after));
  const { added, removed, changed } = diff;
  return {
    lines: linesOf(diff, colour()),
    json: {
      added: added.map(describe),
      removed: removed.map(describe),
      changed: changed.map(({ before: old, after: now, fields }) => ({
        before: describe(old),
        after: describe(now),
        fields: fields.map(snakeCase),
      })),
    },
    exitCode: added.length + removed.length + changed.length > 0 ? 1 : 0,
  };
}

/** Green, red and yellow. */
const colours: Readonly<Record<string, number>> = { "+": 32, "-": 31, "~": 33 };

/** A line for each entry: sign, name, reference or what moved, digests. */
function linesOf({ added, removed, changed }: LockDiff, colour: boolean): readonly string[] {
  const rows = [
    ...removed.map((entry) => ["-", nameOf(entry), shownReference(entry), short(pinOf(entry))]),
    ...added.map((entry) => ["+", nameOf(entry), shownReference(entry), short(pinOf(entry))]),
    ...changed.map((change) => ["~", nameOf(change.after), movesOf(change), pinMoveOf(change)]),
  ];
  return table(rows).map((line) => paint(line.trimEnd(), colours[line.charAt(0)] ?? 39, colour));
}

function nameOf({ name, componentId }: LockEntry): string {
  return printable(name ?? componentId ?? "-");
}

function movesOf({ before, after, fields }: ChangedEntry): string {
  const moves = fields.flatMap((field): readonly string[] => {
    switch (field) {
      case "reference":
        return [referenceMove(before, after)];
      case "range":
        return [move("range", before.range, after.range)];
      case "name":
        return [move("name", before.name, after.name)];
      case "componentId":
        return [move("component id", before.componentId, after.componentId)];
      case "bundledPath":
        return [move("bundled", before.bundledPath, after.bundledPath)];
      case "hasSignature":
        return [after.hasSignature ? "signed" : "no longer signed"];
      case "contentDigest":
        // With another digest comes another content.
        return fields.includes("digest")
          ? []
          : [`content ${pinMove(before.contentDigest, after.contentDigest)}`];
      case "digest":
        return [];
    }
  });
  const shown = fields.includes("reference") ? moves : [shownVersion(after), ...moves];
  return shown.join(", ");
}

function move(what: string, before: string | undefined, after: string | undefined): string {
  return `${what} ${printable(before ?? "none")} → ${printable(after ?? "none")}`;
}

/** Of one place only the versions are shown. */
function referenceMove(before: LockEntry, after: LockEntry): string {
  const [from, to] = [placedReference(before.reference), placedReference(after.reference)];
  return from.place === to.place && from.version !== undefined && to.version !== undefined
    ? `${shownVersion(before)} → ${shownVersion(after)}`
    : `${shownReference(before)} → ${shownReference(after)}`;
}

function shownVersion(entry: LockEntry): string {
  const { version } = placedReference(entry.reference);
  if (version === undefined) return shownReference(entry);
  return isDigest(version) ? `@${short(version)}` : printable(version);
}

function shownReference({ reference }: LockEntry): string {
  return isDigest(reference) ? short(reference) : printable(reference);
}

function pinMoveOf({ before, after, fields }: ChangedEntry): string {
  return fields.includes("digest") ? pinMove(before.digest, after.digest) : "";
}

function pinMove(before: LockEntry["digest"], after: LockEntry["digest"]): string {
  return `${short(before)} → ${short(after)}`;
}

function pinOf({ digest, contentDigest }: LockEntry): LockEntry["digest"] {
  return digest ?? contentDigest;
}

/** As much of a digest as people compare. */
function short(digest: LockEntry["digest"]): string {
  return digest === undefined ? "unpinned" : hexOf(digest).slice(0, 12);
}

function describe(entry: LockEntry): Readonly<Record<string, unknown>> {
  const { name, reference, range, digest, contentDigest, componentId, bundledPath, hasSignature } = entry;
  return {
    name: name ?? null,
    reference: withoutSecrets(reference),
    range: range ?? null,
    digest: digest ?? null,
    content_digest: contentDigest ?? null,
    component_id: componentId ?? null,
    bundled_path: bundledPath ?? null,
    has_signature: hasSignature,
  };
}
