import type { OptionSpecs } from "./command.ts";

/** Options that every command takes, before or after its name. */
export const globalOptions: OptionSpecs = {
  "cache-dir": {
    type: "string",
    value: "DIR",
    help: "keep artifacts in DIR (also: GREENTIC_DIST_CACHE_DIR, for packs GREENTIC_PACK_CACHE_DIR)",
  },
  "cache-from": {
    type: "string",
    value: "DIR",
    multiple: true,
    help: "look into the cache in DIR, which is only read, before the network (repeatable; also: GREENTIC_DIST_CACHE_FROM)",
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
