import type { Command, OptionSpecs } from "./command.ts";
import { pull } from "./commands/pull.ts";
import { resolve } from "./commands/resolve.ts";

/** Options that every command takes, before or after its name. */
export const globalOptions: OptionSpecs = {
  "cache-dir": {
    type: "string",
    value: "DIR",
    help: "keep artifacts in DIR (also: GREENTIC_DIST_CACHE_DIR)",
  },
  offline: { type: "boolean", help: "use no network, only what is cached (also: GREENTIC_DIST_OFFLINE=1)" },
  json: { type: "boolean", help: "print JSON, errors included" },
  quiet: { type: "boolean", help: "say nothing but errors" },
  verbose: { type: "boolean", help: "say what is asked of whom" },
  strict: { type: "boolean", help: "refuse an artifact that there is a warning about" },
  progress: { type: "string", value: "auto|plain|json|none", help: "how progress is shown on stderr" },
  help: { type: "boolean", short: "h", help: "print help" },
  version: { type: "boolean", help: "print the version" },
};

/** Options of commands that may ask a registry. */
const registryOptions: OptionSpecs = {
  platform: {
    type: "string",
    value: "OS/ARCH[/VARIANT]",
    help: "which entry of an index to take, as in wasip2/wasm or linux/arm64",
  },
  "insecure-registry": {
    type: "string",
    value: "HOST[:PORT]",
    multiple: true,
    help: "speak plain http to this registry (repeatable)",
  },
};

/** All commands, in the order in which help lists them. The code of all but the most frequent is loaded when run. */
export const commands: readonly Command[] = [
  {
    name: "resolve",
    summary: "Print the digest that a reference means",
    operands: "REF",
    minOperands: 1,
    maxOperands: 1,
    missing: "resolve requires a reference",
    options: registryOptions,
    examples: [
      [
        "greentic-dist resolve ghcr.io/acme/hello:1.0",
        "the digest of the manifest; nothing else is downloaded",
      ],
      ["greentic-dist resolve ./hello.wasm --json", "the digest of a file, as JSON"],
    ],
    load: () => Promise.resolve(resolve),
  },
  {
    name: "pull",
    summary: "Bring an artifact into the cache and print its path",
    operands: "REF",
    minOperands: 1,
    maxOperands: 1,
    missing: "pull requires either a reference or --lock",
    options: registryOptions,
    examples: [
      [
        "greentic-dist pull ghcr.io/acme/hello:1.0",
        "fetched, verified, cached; prints the path of component.wasm",
      ],
      [
        "greentic-dist pull ghcr.io/acme/hello@sha256:4f5a…",
        "the same artifact for ever; no request when it is cached",
      ],
      ["greentic-dist --offline pull ghcr.io/acme/hello:1.0", "what the tag last meant, without a network"],
      ["greentic-dist pull https://example.com/hello.wasm", "from a web server"],
    ],
    load: () => Promise.resolve(pull),
  },
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
];
