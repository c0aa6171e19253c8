import { authCommands } from "./auth-commands.ts";
import { bundleCommands } from "./bundle-commands.ts";
import { cacheCommands } from "./cache-commands.ts";
import type { Command } from "./command.ts";
import { configCommands } from "./config-commands.ts";
import { devCommands } from "./dev-commands.ts";
import { frequentCommands } from "./frequent-commands.ts";
import { globalOptions } from "./global-options.ts";
import { lockCommands } from "./lock-commands.ts";
import { pushCommands } from "./push-commands.ts";
import { registryCommands } from "./registry-commands.ts";
import { jobsOption, registryOptions } from "./registry-options.ts";

/** All commands, in the order in which help lists them. Loaded for help, and to run any but the frequent ones. */
export const commands: readonly Command[] = [
  ...frequentCommands,
  {
    name: "pack",
    summary: "Bring a pack into the pack cache and print its path",
    operands: "REF",
    minOperands: 1,
    maxOperands: 1,
    missing: "pack requires a reference",
    options: {
      "allow-tags": {
        type: "boolean",
        help: "accept a tag, which can change its meaning, in place of a digest",
      },
      ...registryOptions,
    },
    examples: [
      [
        "greentic-dist pack ghcr.io/acme/tools@sha256:4f5a…",
        "fetched, verified, cached in GREENTIC_PACK_CACHE_DIR; prints the path of pack.gtpack",
      ],
      ["greentic-dist pack ghcr.io/acme/tools:1.0 --allow-tags --json", "its type and real format, as JSON"],
    ],
    load: async () => (await import("./commands/pack.ts")).pack,
  },
  {
    name: "warm",
    summary: "Bring all that a lockfile names into a cache that can be copied anywhere",
    operands: "--lock FILE [--to DIR]",
    minOperands: 1,
    maxOperands: 0,
    missing: "warm requires --lock",
    orOption: "lock",
    options: {
      lock: { type: "string", value: "FILE", help: "the lockfile (required)" },
      to: {
        type: "string",
        value: "DIR",
        help: "the cache to make or to add to, readable for everyone (default: warm the cache in use, and leave it as it is)",
      },
      ...jobsOption,
      ...registryOptions,
    },
    examples: [
      [
        "greentic-dist warm --lock pack.lock.json --to /opt/greentic",
        "for an image: read it with GREENTIC_DIST_CACHE_DIR or --cache-from",
      ],
      ["greentic-dist --cache-from /opt/greentic pull --lock pack.lock.json", "what that is good for"],
    ],
    load: async () => (await import("./commands/warm.ts")).warm,
  },
  ...pushCommands,
  {
    name: "inspect",
    summary: "Bring an artifact into the cache and print all that is known of it",
    operands: "REF",
    minOperands: 1,
    maxOperands: 1,
    missing: "inspect requires a reference",
    options: {
      "show-media-type": {
        type: "boolean",
        help: "print the media type that the artifact was declared to be of",
      },
      ...registryOptions,
    },
    examples: [
      [
        "greentic-dist inspect ghcr.io/acme/hello:1.0",
        "what it imports and exports, its layers and annotations",
      ],
      ["greentic-dist inspect ./hello.wasm --json", "the same of a file, as JSON"],
    ],
    load: async () => (await import("./commands/inspect.ts")).inspect,
  },
  {
    name: "doctor",
    summary: "Say step by step what a pull would do, and where it fails",
    operands: "REF",
    minOperands: 1,
    maxOperands: 1,
    missing: "doctor requires a reference",
    options: registryOptions,
    examples: [
      [
        "greentic-dist doctor ghcr.io/acme/hello:1.0",
        "proxy, DNS, TLS, login, manifest, cache; exits as the pull would, and downloads nothing but manifests",
      ],
      ["greentic-dist doctor ghcr.io/acme/hello:1.0 --json", "every detail, as JSON; no secret is in it"],
    ],
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  ...lockCommands,
  ...registryCommands,
  ...bundleCommands,
  ...cacheCommands,
  ...authCommands,
  ...configCommands,
  ...devCommands,
  {
    name: "completion",
    summary: "Print a script that completes this command in a shell",
    operands: "bash|zsh|fish",
    minOperands: 1,
    maxOperands: 1,
    missing: "completion requires a shell: bash, zsh or fish",
    options: {},
    examples: [
      ["source <(greentic-dist completion bash)", "for this shell; in ~/.bashrc for every one"],
      ["greentic-dist completion fish > ~/.config/fish/completions/greentic-dist.fish", "for every fish"],
    ],
    load: async () =>
      (await import("./commands/completion.ts")).createCompletion({ commands, globalOptions }),
  },
];
