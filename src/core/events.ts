import type { Digest } from "./digest.ts";
import type { DistErrorCode } from "./errors.ts";

/** What kind of warning it is; `docs/errors.md` lists them. */
export type WarningCode =
  | "COMPONENT_NAME_IGNORED"
  | "COMPONENT_HASH_STALE"
  | "COMPONENT_MANIFEST_UNREADABLE"
  | "WASM_UNREADABLE"
  | "SERVED_OFFLINE"
  | "CACHE_NOT_WRITABLE"
  | "CACHE_FROM_SKIPPED"
  | "CACHE_ON_NETWORK"
  | "CREDENTIALS_SKIPPED"
  | "SECRET_ON_COMMAND_LINE"
  | "CONFIG_KEY_UNKNOWN"
  | "TLS_MODE_IGNORED"
  | "MIRROR_SKIPPED"
  | "SIGNATURE_NOT_CHECKED";

interface WarningRow {
  readonly about: "artifact" | "digest" | "machine";
  readonly meaning: string;
}

/**
 * What can be said about an artifact or this machine without failing. `about` decides what `strict` does: a warning
 * about an artifact refuses it (2), one about a digest inside it too (6), one about this machine does not.
 */
export const warningTable: Readonly<Record<WarningCode, WarningRow>> = {
  COMPONENT_NAME_IGNORED: {
    about: "artifact",
    meaning: "artifacts.component_wasm in the component manifest is no bare file name and was ignored.",
  },
  COMPONENT_HASH_STALE: {
    about: "digest",
    meaning: "hashes.component_wasm in the component manifest is not the hash of the component.",
  },
  COMPONENT_MANIFEST_UNREADABLE: {
    about: "artifact",
    meaning: "The component manifest is not the JSON that was expected; it was kept but not read.",
  },
  WASM_UNREADABLE: {
    about: "artifact",
    meaning:
      "What begins like WebAssembly is malformed, or of another version; `inspect` shows no imports and exports.",
  },
  SERVED_OFFLINE: { about: "machine", meaning: "Offline: served with what the reference last meant." },
  CACHE_NOT_WRITABLE: {
    about: "machine",
    meaning:
      "The cache cannot be written: it serves what it holds, and anything else is kept in a private folder among the system's temporary ones. Or something could not be noted there.",
  },
  CACHE_FROM_SKIPPED: {
    about: "machine",
    meaning:
      "A cache of `--cache-from` is not there, cannot be read, or holds something else than it says; the next one, or the network, was asked.",
  },
  CACHE_ON_NETWORK: {
    about: "machine",
    meaning:
      "The cache lies on a network file system: several processes may download one thing, and nothing is removed from it unless asked for.",
  },
  CREDENTIALS_SKIPPED: { about: "machine", meaning: "A stored login could not be used; asked anonymously." },
  CONFIG_KEY_UNKNOWN: {
    about: "machine",
    meaning: "A configuration file has a key that no tool knows; it was passed over.",
  },
  TLS_MODE_IGNORED: {
    about: "machine",
    meaning: "The TLS mode `disabled` was asked for; connections are verified all the same.",
  },
  SECRET_ON_COMMAND_LINE: {
    about: "machine",
    meaning: "A secret was given on the command line, where others on this machine can read it.",
  },
  MIRROR_SKIPPED: {
    about: "machine",
    meaning:
      "A mirror failed, or sent other bytes than it was asked for; the next one, or the registry, was asked.",
  },
  SIGNATURE_NOT_CHECKED: {
    about: "machine",
    meaning: "Entries of a lockfile are signed; nothing checks that.",
  },
};

/**
 * What happens while artifacts are resolved, pulled, pushed and copied. Digests and byte counts are of the artifact that is being
 * moved; `reference` is the text as it was given.
 */
export type DistEvent =
  | { readonly event: "resolving"; readonly reference: string }
  | { readonly event: "resolved"; readonly reference: string; readonly digest: Digest }
  | {
      readonly event: "downloading";
      readonly reference: string;
      readonly digest: Digest | undefined;
      readonly totalBytes: number | undefined;
    }
  | {
      readonly event: "progress";
      readonly digest: Digest | undefined;
      readonly receivedBytes: number;
      readonly totalBytes: number | undefined;
    }
  | { readonly event: "verified"; readonly digest: Digest }
  /** Blobs and folders of the cache; said for each further percent. */
  | { readonly event: "verifying"; readonly checked: number; readonly total: number }
  | {
      readonly event: "cached";
      readonly reference: string;
      readonly digest: Digest;
      readonly path: string;
      readonly fetched: boolean;
    }
  /** Bytes of a blob begin to be written to a registry, a layout or an archive. */
  | {
      readonly event: "uploading";
      readonly reference: string;
      readonly digest: Digest;
      readonly totalBytes: number;
    }
  /** May go back, where bytes are sent again. */
  | {
      readonly event: "sent";
      readonly digest: Digest;
      readonly sentBytes: number;
      readonly totalBytes: number;
    }
  | { readonly event: "uploaded"; readonly digest: Digest }
  /** A manifest and everything below it are there; `uploaded` says whether this call sent any of it. */
  | {
      readonly event: "pushed";
      readonly reference: string;
      readonly digest: Digest;
      readonly uploaded: boolean;
    }
  /** How much of a bundle was written or read, in bytes; when all of it is known, of how many. */
  | {
      readonly event: "saving" | "loading";
      readonly bundle: string;
      readonly bytes: number;
      readonly totalBytes: number | undefined;
    }
  /** The bundle is there, or all of it was verified. */
  | { readonly event: "saved" | "loaded"; readonly bundle: string }
  | {
      readonly event: "waiting";
      readonly for: "lock" | "retry" | "rate-limit";
      readonly subject: string;
      readonly seconds: number;
      readonly detail: string;
    }
  | {
      readonly event: "warning";
      readonly code: WarningCode;
      readonly message: string;
      readonly reference: string | undefined;
    }
  | {
      readonly event: "failed";
      readonly reference: string;
      readonly code: DistErrorCode;
      readonly message: string;
    };

/** Receives events in the order in which things happen. Must not throw. */
export type OnEvent = (event: DistEvent) => void;
