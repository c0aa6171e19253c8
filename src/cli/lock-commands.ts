import type { Command, OptionSpec, OptionSpecs } from "./command.ts";
import { jobsOption, registryOptions } from "./registry-options.ts";

const options: OptionSpecs = { ...jobsOption, ...registryOptions };

const lockOutput: OptionSpec = {
  type: "string",
  short: "o",
  value: "FILE",
  takesDash: true,
  help: "where the lockfile is written, in place of what was there (required); - is stdout",
};

/** The commands that make lockfiles and look after them. */
export const lockCommands: readonly Command[] = [
  {
    name: "lock create",
    summary: "Write a lockfile that pins what references mean now",
    operands: "REF… -o FILE",
    minOperands: 1,
    maxOperands: Number.MAX_SAFE_INTEGER,
    missing: "lock create requires a reference or --from",
    orOption: "from",
    options: {
      output: lockOutput,
      from: {
        type: "string",
        value: "FILE",
        help: "take references from FILE, one a line; # begins a comment, also after a reference",
      },
      ...options,
    },
    examples: [
      [
        "greentic-dist lock create ghcr.io/acme/hello:1.0 ./local.wasm -o pack.lock.json",
        "digests of manifests and files; no component is downloaded",
      ],
      ["greentic-dist lock create --from components.txt -o pack.lock.json", "what is listed in a file"],
    ],
    load: async () => (await import("./commands/lock.ts")).lockCreate,
  },
  {
    name: "lock update",
    summary: "Pin what the references of a lockfile mean now",
    operands: "FILE [NAME…]",
    minOperands: 1,
    maxOperands: Number.MAX_SAFE_INTEGER,
    missing: "lock update requires a lockfile",
    options,
    examples: [
      ["greentic-dist lock update pack.lock.json", "only entries that moved are changed, and printed"],
      ["greentic-dist lock update pack.lock.json hello", "only the entry of this name"],
    ],
    load: async () => (await import("./commands/lock.ts")).lockUpdate,
  },
  {
    name: "lock check",
    summary: "Say which references of a lockfile mean something else now",
    operands: "FILE",
    minOperands: 1,
    maxOperands: 1,
    missing: "lock check requires a lockfile",
    options,
    examples: [
      [
        "greentic-dist lock check pack.lock.json",
        "name, expected and actual digest of those that moved; exit 1 when there are any",
      ],
    ],
    load: async () => (await import("./commands/lock.ts")).lockCheck,
  },
  {
    name: "lock diff",
    summary: "Say how two lockfiles differ, whatever dialects they are written in",
    operands: "BEFORE AFTER",
    minOperands: 2,
    maxOperands: 2,
    missing: "lock diff requires two lockfiles",
    options: {},
    examples: [
      [
        "git show HEAD:pack.lock.json | greentic-dist lock diff - pack.lock.json",
        "what was added, removed and changed since the last commit; - is stdin; exit 1 when there is anything",
      ],
      [
        "greentic-dist lock diff pack.lock.cbor pack.lock.json --json",
        "the same as JSON; no network is used",
      ],
    ],
    load: async () => (await import("./commands/lock-diff.ts")).lockDiff,
  },
  {
    name: "lock convert",
    summary: "Write a lockfile in another dialect",
    operands: "FILE --to DIALECT -o FILE",
    minOperands: 1,
    maxOperands: 1,
    missing: "lock convert requires a lockfile",
    options: {
      to: {
        type: "string",
        value: "DIALECT",
        help: "json-object, as lock create writes it; json-array; or cbor, as pack.lock.cbor (required)",
      },
      output: lockOutput,
      lossy: { type: "boolean", help: "leave out what the dialect has no place for, and say what that is" },
    },
    examples: [
      [
        "greentic-dist lock convert pack.lock.cbor --to json-object -o pack.lock.json",
        "nothing is lost; what would be is refused without --lossy",
      ],
    ],
    load: async () => (await import("./commands/lock-convert.ts")).lockConvert,
  },
];
