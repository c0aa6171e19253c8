import type { Command } from "./command.ts";
import { platformOption, registryOptions } from "./registry-options.ts";

/** `cache …`, in the order in which help lists them. */
export const cacheCommands: readonly Command[] = [
  {
    name: "cache ls",
    summary: "List the artifacts in the cache by digest",
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    missing: "",
    options: { long: { type: "boolean", help: "show size, age and where each artifact came from" } },
    examples: [["greentic-dist cache ls --long", "a table of what is here"]],
    load: async () => (await import("./commands/cache-ls.ts")).cacheLs,
  },
  {
    name: "cache rm",
    summary: "Remove artifacts from the cache",
    operands: "DIGEST…",
    minOperands: 1,
    maxOperands: Number.MAX_SAFE_INTEGER,
    missing: "cache rm requires at least one digest",
    options: {},
    examples: [["greentic-dist cache rm sha256:4f5a…", "a digest that is not there is no error"]],
    load: async () => (await import("./commands/cache-rm.ts")).cacheRm,
  },
  {
    name: "cache gc",
    summary: "Remove from the cache what is broken, and what crashes left",
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    missing: "",
    options: { "dry-run": { type: "boolean", help: "say what would be removed, and remove nothing" } },
    examples: [
      ["greentic-dist cache gc", "what is whole stays; stderr names what was removed"],
      ["greentic-dist cache gc --dry-run --json", "the digests that would be removed, as JSON"],
    ],
    load: async () => (await import("./commands/cache-gc.ts")).cacheGc,
  },
  {
    name: "cache verify",
    summary: "Hash everything in the cache, and put aside what is not what it should be",
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    missing: "",
    options: {
      repair: { type: "boolean", help: "download again what was bad, by its digest" },
      ...registryOptions,
    },
    examples: [
      ["greentic-dist cache verify", "exits with 6 when anything was bad"],
      ["greentic-dist cache verify --repair", "the same, and mends what came from a registry"],
    ],
    load: async () => (await import("./commands/cache-verify.ts")).cacheVerify,
  },
  {
    name: "cache path",
    summary: "Print where the cache has an artifact, without using a network",
    operands: "REF",
    minOperands: 1,
    maxOperands: 1,
    missing: "cache path requires a reference",
    options: { platform: platformOption },
    examples: [
      ["greentic-dist cache path ghcr.io/acme/hello:1.0", "its path; exits with 3 when it is not there"],
    ],
    load: async () => (await import("./commands/cache-path.ts")).cachePath,
  },
  {
    name: "cache info",
    summary: "Print where the cache lies and how much it holds",
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    missing: "",
    options: {},
    examples: [["greentic-dist cache info --json", "its root, sizes and counts, as JSON"]],
    load: async () => (await import("./commands/cache-info.ts")).cacheInfo,
  },
];
