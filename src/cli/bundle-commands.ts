import type { Command } from "./command.ts";
import { platformOption, registryOptions, writeOptions } from "./registry-options.ts";

/** The commands that carry artifacts to where there is no network. */
export const bundleCommands: readonly Command[] = [
  {
    name: "save",
    summary: "Write artifacts, and the lockfile that names them, into one file",
    operands: "[REF…] [--lock FILE] -o FILE",
    minOperands: 1,
    maxOperands: Number.MAX_SAFE_INTEGER,
    missing: "save requires a reference or --lock",
    orOption: "lock",
    options: {
      output: {
        type: "string",
        short: "o",
        value: "FILE",
        takesDash: true,
        help: "where the archive is written, in place of what was there (required); DIR/ makes a folder, - is stdout",
      },
      lock: {
        type: "string",
        value: "FILE",
        help: "save all that a lockfile names, as it pins it, and the lockfile",
      },
      compress: {
        type: "string",
        value: "gzip|zstd|none",
        help: "compress the archive (default: as its name says, .gz or .zst)",
      },
      jobs: {
        type: "string",
        value: "N",
        help: "entries of one host to work on at once, 1 to 64 (default: 4)",
      },
      ...registryOptions,
    },
    examples: [
      [
        "greentic-dist save --lock pack.lock.json -o bundle.tar",
        "an OCI image layout, the same bytes each time; what is not cached is pulled first",
      ],
      ["greentic-dist save ghcr.io/acme/hello:1.0 -o hello.tar.gz", "one artifact, compressed"],
      ["greentic-dist save ghcr.io/acme/hello:1.0 -o - | ssh edge greentic-dist load -", "without a file"],
    ],
    load: async () => (await import("./commands/save.ts")).save,
  },
  {
    name: "load",
    summary: "Bring all that was saved in a file into the cache, or to a registry",
    operands: "FILE [--to PREFIX]",
    minOperands: 1,
    maxOperands: 1,
    missing: "load requires a bundle: an archive, a folder, or - for stdin",
    options: {
      "lock-out": {
        type: "string",
        value: "FILE",
        help: "write the lockfile that is in the bundle to FILE, in place of what was there",
      },
      to: {
        type: "string",
        value: "HOST[/PREFIX]",
        help: "push everything below this in place of caching it, each artifact under its own path and tag",
      },
      force: { type: "boolean", help: "with --to: let tags mean it that mean something else now" },
      "dry-run": {
        type: "boolean",
        help: "with --to: verify it, ask what is there and what tags mean, print where everything would go, and send nothing; with --offline nobody is asked",
      },
      platform: platformOption,
      ...writeOptions,
    },
    examples: [
      [
        "greentic-dist load bundle.tar --lock-out pack.lock.json",
        "verified as a whole before anything of it is visible; prints a digest and a path a line",
      ],
      ["greentic-dist --offline pull --lock pack.lock.json", "what that is good for"],
      [
        "greentic-dist load bundle.tar --to registry.site.example/mirror",
        "to a registry, signatures too: ghcr.io/acme/hello:1.0 becomes registry.site.example/mirror/acme/hello:1.0",
      ],
    ],
    load: async () => (await import("./commands/load.ts")).load,
  },
];
