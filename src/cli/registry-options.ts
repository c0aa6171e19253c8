import type { OptionSpec, OptionSpecs } from "./command.ts";

/** Which entry of an index is meant. */
export const platformOption: OptionSpec = {
  type: "string",
  value: "OS/ARCH[/VARIANT]",
  help: "which entry of an index to take, as in wasip2/wasm or linux/arm64",
};

/** Registries without TLS. */
export const insecureRegistryOption: OptionSpec = {
  type: "string",
  value: "HOST[:PORT]",
  multiple: true,
  help: "speak plain http to this registry (repeatable)",
};

/** Options of commands that write to a registry. */
export const writeOptions: OptionSpecs = {
  "insecure-registry": insecureRegistryOption,
  retries: {
    type: "string",
    value: "N",
    help: "send a request that failed up to N more times, 0 for none (default: 4; also: GREENTIC_OCI_RETRY_ATTEMPTS, which counts the first time too)",
  },
};

/** Options of commands that may ask a registry. */
export const registryOptions: OptionSpecs = { platform: platformOption, ...writeOptions };

/** How many entries of a lockfile are worked on at once. */
export const jobsOption: OptionSpecs = {
  jobs: { type: "string", value: "N", help: "entries of one host to work on at once, 1 to 64 (default: 6)" },
};
