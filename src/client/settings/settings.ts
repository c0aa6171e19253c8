import { tmpdir } from "node:os";
import { delimiter } from "node:path";
import { type CacheKind, cacheRoot } from "./cache-root.ts";
import type { ConfigSearch } from "../config/config-places.ts";
import { type Environment, isOn, variable } from "./environment.ts";
import {
  type DistEvent,
  DistError,
  limits,
  parsePlatform,
  type Platform,
  printable,
} from "../../core/index.ts";
import { type NetworkOptions, type NetworkSettings, resolveNetworkSettings } from "./network-settings.ts";
import { parseHost } from "./parse-host.ts";
import { parseByteCount } from "./quantity.ts";
import { systemClock } from "./system-clock.ts";
import type { CredentialProvider, CredentialSources, RegistryClient } from "../../registry/index.ts";
import type { RegistryBases } from "../../sources/index.ts";
import { resolveRetry, type RetryOptions, type RetrySettings } from "./retry-settings.ts";

/** How a `DistClient` works. Everything may be left out. */
export interface DistClientOptions extends NetworkOptions {
  /** Where variables are looked up; `{}` reads nothing around the program. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /**
   * Where the search for a project's configuration begins (`.greentic/config.toml`, upwards). Default: the current
   * folder; nowhere when `env` is given.
   */
  readonly cwd?: string | undefined;
  /** Root of the cache. Default: `GREENTIC_DIST_CACHE_DIR`, else `greentic/components` in the user's cache folder. */
  readonly cacheDir?: string | undefined;
  /**
   * Roots of caches that are looked into before the network, in this order, and only read: what they have is verified and
   * copied. Default: the folders in `GREENTIC_DIST_CACHE_FROM`, with `:` between them (`;` on Windows).
   */
  readonly cacheFrom?: readonly string[] | undefined;
  /** Never uses the network. Default: whether `GREENTIC_DIST_OFFLINE` is `1`. */
  readonly offline?: boolean | undefined;
  /** Accepts references that can change their meaning. Default: true. */
  readonly allowTags?: boolean | undefined;
  /** Allows `http://` addresses on this machine. Default: whether `GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP` is `1`. */
  readonly allowInsecureLocalHttp?: boolean | undefined;
  /** Registries spoken to in plain http, as `host` or `host:port`; those on this machine are anyway. Default: `dist.insecure_registries` of the configuration, else none. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /** Which entry of an index to take, as `os/arch[/variant]`. Default: Wasm, then this machine's. */
  readonly platform?: string | undefined;
  /** Largest artifact that is accepted, in bytes. Default: 2 GiB. */
  readonly maxArtifactBytes?: number | undefined;
  /**
   * How large the cache may grow, in bytes, before what was not used for a day goes, used longest ago first.
   * Default: `GREENTIC_CACHE_MAX_BYTES`, else 3 GiB.
   */
  readonly cacheMaxBytes?: number | undefined;
  /** Refuses an artifact that there is a warning about. Default: false. */
  readonly strict?: boolean | undefined;
  /** Used for all HTTP in place of the built-in client. Default: the built-in client. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Used for all registries. Default: a client that speaks HTTP to them. */
  readonly registry?: RegistryClient | undefined;
  /** Where logins come from. Default: the variables and files in `docs/credentials.md`. */
  readonly credentials?: CredentialProvider | undefined;
  /** What is tried again, and how patiently. Default: five attempts; see {@link RetryOptions}. */
  readonly retry?: RetryOptions | undefined;
  /** Hears what happens, in order. Default: nobody. */
  readonly onEvent?: ((event: DistEvent) => void) | undefined;
  /** Hears of each request, a line each, without secrets. Default: nobody. */
  readonly onTrace?: ((line: string) => void) | undefined;
  /** The clock, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** {@link DistClientOptions} with every default decided. Below this nothing reads the environment. */
export interface Settings {
  readonly cacheDir: string;
  readonly cacheFrom: readonly string[];
  /** Where things may be kept that need not last. */
  readonly temporaryDir: () => string;
  readonly offline: boolean;
  readonly allowTags: boolean;
  readonly allowInsecureLocalHttp: boolean;
  /** `undefined`: the configuration says so. */
  readonly insecureRegistries: ReadonlySet<string> | undefined;
  readonly platforms: readonly Platform[];
  readonly maxArtifactBytes: number;
  readonly cacheMaxBytes: number;
  readonly strict: boolean;
  readonly network: NetworkSettings;
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly registry: RegistryClient | undefined;
  readonly credentials: CredentialProvider | undefined;
  /** Where logins are looked for, when `credentials` are not given. Worked out when a registry demands one. */
  readonly logins: () => Promise<CredentialSources>;
  readonly retry: RetrySettings;
  readonly bases: RegistryBases;
  readonly fixtureDir: string | undefined;
  /** Where configuration is looked for; read when the network is first used. */
  readonly configSearch: ConfigSearch;
  readonly onEvent: (event: DistEvent) => void;
  readonly onTrace: ((line: string) => void) | undefined;
  readonly now: () => number;
}

/**
 * Decides every default, once.
 * @throws {DistError} INVALID_INPUT, INVALID_CONFIG
 */
export function resolveSettings(options: DistClientOptions, kind: CacheKind = "components"): Settings {
  const env = options.env ?? process.env;
  const maxArtifactBytes = options.maxArtifactBytes ?? limits.artifactBytes;
  if (!Number.isSafeInteger(maxArtifactBytes) || maxArtifactBytes < 0) {
    throw new TypeError("maxArtifactBytes must be a whole number of bytes");
  }
  const now = options.now ?? systemClock;
  return Object.freeze({
    cacheDir: options.cacheDir ?? cacheRoot(kind, env, process.platform),
    cacheFrom: options.cacheFrom ?? foldersOf(variable(env, "GREENTIC_DIST_CACHE_FROM")),
    temporaryDir: () => variable(env, "TMPDIR") ?? tmpdir(),
    offline: options.offline ?? isOn(env, "GREENTIC_DIST_OFFLINE"),
    allowTags: options.allowTags ?? true,
    allowInsecureLocalHttp:
      options.allowInsecureLocalHttp ?? isOn(env, "GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP"),
    insecureRegistries: options.insecureRegistries && new Set(options.insecureRegistries.map(parseHost)),
    platforms: options.platform === undefined ? defaultPlatforms() : [parsePlatform(options.platform)],
    maxArtifactBytes,
    cacheMaxBytes: options.cacheMaxBytes ?? cacheMaxBytes(env),
    strict: options.strict ?? false,
    network: resolveNetworkSettings(options, env),
    fetch: options.fetch,
    registry: options.registry,
    credentials: options.credentials,
    logins: async () => {
      const { loginSources } = await import("./login-sources.ts");
      return { ...loginSources(env, process.platform), now };
    },
    retry: resolveRetry(options.retry ?? {}, env),
    bases: {
      repo: variable(env, "GREENTIC_REPO_REGISTRY_BASE"),
      store: variable(env, "GREENTIC_STORE_REGISTRY_BASE"),
    },
    fixtureDir: variable(env, "GREENTIC_FIXTURE_DIR"),
    configSearch: {
      env,
      cwd: options.cwd ?? (options.env === undefined ? "." : undefined),
      platform: process.platform,
    },
    onEvent: options.onEvent ?? (() => undefined),
    onTrace: options.onTrace,
    now,
  });
}

function foldersOf(list = ""): readonly string[] {
  return list.split(delimiter).filter((folder) => folder !== "");
}

function cacheMaxBytes(env: Environment): number {
  const text = variable(env, "GREENTIC_CACHE_MAX_BYTES");
  if (text === undefined) return limits.cacheBytes;
  const bytes = parseByteCount(text);
  if (bytes !== undefined) return bytes;
  throw new DistError(
    "INVALID_CONFIG",
    `GREENTIC_CACHE_MAX_BYTES is \`${printable(text)}\`, expected a count of bytes`,
    {},
    { hint: "as in GREENTIC_CACHE_MAX_BYTES=3GiB, or a plain number" },
  );
}

/** Go's names, which indexes use, for what Node calls the machine. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
const systems: Readonly<Record<string, string>> = { win32: "windows" };

function defaultPlatforms(): readonly Platform[] {
  return [
    { os: "wasip2", architecture: "wasm", variant: undefined },
    { os: "wasip1", architecture: "wasm", variant: undefined },
    {
      os: systems[process.platform] ?? process.platform,
      architecture: architectures[process.arch] ?? process.arch,
      variant: undefined,
    },
  ];
}
