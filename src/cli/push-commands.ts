import type { Command } from "./command.ts";
import { jobsOption, platformOption, writeOptions } from "./registry-options.ts";

/** Commands that publish. */
export const pushCommands: readonly Command[] = [
  {
    name: "push",
    summary: "Publish a component or a pack in a registry and print its digests",
    operands: "FILE REF",
    minOperands: 2,
    maxOperands: 2,
    missing: "push requires a file and a reference",
    options: {
      pack: { type: "boolean", help: "the file is a pack, and no component" },
      manifest: {
        type: "string",
        value: "FILE",
        help: "the component's component.manifest.json, as a layer beside it (default: that in FILE, when it is a folder)",
      },
      readme: { type: "string", value: "FILE", help: "a README in Markdown, as a layer beside it" },
      layer: {
        type: "string",
        value: "FILE:TYPE",
        multiple: true,
        help: "any file, as a layer of this media type (repeatable)",
      },
      "media-type": {
        type: "string",
        value: "TYPE",
        help: "of FILE (default: application/wasm; of a pack, by its format)",
      },
      annotation: {
        type: "string",
        value: "KEY=VALUE",
        multiple: true,
        help: "say this of it, as in org.opencontainers.image.source=https://example.com (repeatable)",
      },
      tag: { type: "string", value: "TAG", multiple: true, help: "let this tag mean it too (repeatable)" },
      force: { type: "boolean", help: "let tags mean it that mean something else now" },
      "dry-run": { type: "boolean", help: "print the digests and send nothing" },
      ...writeOptions,
    },
    examples: [
      [
        "greentic-dist push hello.wasm ghcr.io/acme/hello:1.0 --tag latest",
        "the digest of its manifest and, on a second line, of its content",
      ],
      [
        "greentic-dist push ./hello ghcr.io/acme/hello:1.0",
        "a folder: component.manifest.json, and the component that it names",
      ],
      ["greentic-dist push --pack demo.gtpack ghcr.io/acme/demo:1.0", "a pack"],
      ["greentic-dist push hello.wasm ghcr.io/acme/hello:1.0 --dry-run --json", "what it would be, as JSON"],
    ],
    load: async () => (await import("./commands/push.ts")).push,
  },
  {
    name: "copy",
    summary: "Copy artifacts to a registry or an image layout and print their digests, which stay the same",
    operands: "FROM TO | --lock FILE TO",
    minOperands: 2,
    maxOperands: 2,
    missing: "copy requires what to copy and where to",
    orOption: "lock",
    options: {
      lock: {
        type: "string",
        value: "FILE",
        help: "in place of FROM: copy all that a lockfile names, as it pins it, below the prefix TO or into a layout",
      },
      all: { type: "boolean", help: "copy what refers to it too: signatures, attestations" },
      platform: {
        ...platformOption,
        help: "of an index copy this entry alone, which has another digest (default: all of it)",
      },
      tag: { type: "string", value: "TAG", multiple: true, help: "let this tag mean it too (repeatable)" },
      force: {
        type: "boolean",
        help: "let tags mean it that mean something else now; replace an archive that is there",
      },
      ...jobsOption,
      ...writeOptions,
    },
    examples: [
      [
        "greentic-dist copy ghcr.io/acme/hello:1.0 registry.example.com/mirror/hello:1.0",
        "from one registry to another; what is there already is not sent",
      ],
      [
        "greentic-dist copy ghcr.io/acme/hello@sha256:4f5a… ghcr.io/acme/hello:stable",
        "within a registry nothing is sent but the manifest",
      ],
      [
        "greentic-dist copy oci-archive:bundle.tar:hello registry.example.com/hello:1.0",
        "out of an OCI image layout",
      ],
      [
        "greentic-dist copy ghcr.io/acme/hello:1.0 oci-layout:./images:1.0 --all",
        "into one, with its signatures; what the folder has stays. oci-archive:FILE makes a tar archive",
      ],
      [
        "greentic-dist copy --lock pack.lock.json registry.example.com/mirror",
        "all that a lockfile names; ghcr.io/acme/hello:1.0 becomes registry.example.com/mirror/acme/hello:1.0",
      ],
    ],
    load: async () => (await import("./commands/copy.ts")).copy,
  },
];
