import type { Command, OptionSpecs } from "./command.ts";
import { registryOptions } from "./registry-options.ts";

const { platform: _, ...options }: OptionSpecs = registryOptions;

/** The commands that look after what is in a registry. */
export const registryCommands: readonly Command[] = [
  {
    name: "tags",
    summary: "List the tags of a repository",
    operands: "REPOSITORY",
    minOperands: 1,
    maxOperands: 1,
    missing: "tags requires a repository",
    options: {
      semver: { type: "boolean", help: "only whole versions, as 1.2.3 and v1.2.3, the highest first" },
      ...options,
    },
    examples: [
      ["greentic-dist tags ghcr.io/acme/hello", "a tag a line, in the order of the alphabet"],
      ["greentic-dist tags ghcr.io/acme/hello --semver | head -1", "the newest version"],
    ],
    load: async () => (await import("./commands/tags.ts")).tags,
  },
  {
    name: "tag",
    summary: "Let more tags of a repository mean what a reference means",
    operands: "REF TAG…",
    minOperands: 2,
    maxOperands: Number.MAX_SAFE_INTEGER,
    missing: "tag requires a reference and a tag",
    options: {
      force: { type: "boolean", help: "move tags that mean something else" },
      ...options,
    },
    examples: [
      [
        "greentic-dist tag ghcr.io/acme/hello:1.2.3 1.2 latest --force",
        "no byte of the artifact is sent; prints each tag and the digest",
      ],
    ],
    load: async () => (await import("./commands/tag.ts")).tag,
  },
  {
    name: "delete",
    summary: "Delete a tag, or by its digest a manifest with all its tags, from a registry",
    operands: "REF",
    minOperands: 1,
    maxOperands: 1,
    missing: "delete requires a reference",
    options: {
      yes: { type: "boolean", short: "y", help: "do not ask first (required where stdin is no terminal)" },
      ...options,
    },
    examples: [
      ["greentic-dist delete ghcr.io/acme/hello:1.2.3-rc.1", "the tag alone, where the registry can do that"],
      [
        "greentic-dist delete ghcr.io/acme/hello@sha256:4f5a… --yes",
        "the manifest and every tag that means it; prints the digest",
      ],
    ],
    load: async () => (await import("./commands/delete.ts")).deleteCommand,
  },
];
