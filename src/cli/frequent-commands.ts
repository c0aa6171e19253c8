import type { Command } from "./command.ts";
import { pull } from "./commands/pull.ts";
import { resolve } from "./commands/resolve.ts";
import { jobsOption, registryOptions } from "./registry-options.ts";

/** The commands whose code is there at once; everything that is not needed for them is loaded when it is. */
export const frequentCommands: readonly Command[] = [
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
    operands: "REF | --lock FILE",
    minOperands: 1,
    maxOperands: 1,
    missing: "pull requires either a reference or --lock",
    orOption: "lock",
    options: {
      lock: { type: "string", value: "FILE", help: "bring all that a lockfile names, in place of REF" },
      ...jobsOption,
      ...registryOptions,
    },
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
      [
        "greentic-dist pull oci-archive:bundle.tar:ghcr.io/acme/hello:1.0",
        "from an OCI image layout in an archive, or with oci-layout: in a folder",
      ],
      [
        "greentic-dist pull --lock pack.lock.json",
        "several at once; prints a digest and a path a line, in the order of the lock",
      ],
    ],
    load: () => Promise.resolve(pull),
  },
];
