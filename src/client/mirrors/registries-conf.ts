import { readdirSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, type JsonObject, type OciName, printable } from "../../core/index.ts";
import { isLoopbackHost } from "../../http/index.ts";
import { isSecure, type Mirror } from "./mirror.ts";
import { invalidFile, readKey, readTomlFile, type TomlFile } from "./read-toml-file.ts";

/** Where Podman, Buildah and Skopeo look for `registries.conf`. */
export interface RegistriesConfLocations {
  /** The first that is there is read. */
  readonly files: readonly string[];
  /** Every `*.conf` in these goes before it, those of the last folder before all. */
  readonly folders: readonly string[];
}

/** What is said of one registry, or a part of it. */
export interface RegistryRule {
  /** `host[:port][/path]`, or `*.host`. */
  readonly prefix: string;
  /** What stands in place of the prefix; the same when nothing does. */
  readonly location: string;
  readonly isBlocked: boolean;
  readonly mirrors: readonly MirrorRule[];
  readonly source: string;
}

interface MirrorRule {
  readonly location: string;
  readonly isInsecure: boolean;
  readonly pulls: "all" | "digest-only" | "tag-only";
}

/**
 * The rules of all files, the one that counts first where two are for the same prefix.
 * @throws {DistError} INVALID_CONFIG
 */
export async function readRegistriesConf({
  files,
  folders,
}: RegistriesConfLocations): Promise<readonly RegistryRule[]> {
  const dropIns = folders.flatMap(confFilesIn).toReversed();
  const found: TomlFile[] = [];
  for (const path of dropIns) {
    const file = await readTomlFile(path);
    if (file !== undefined) found.push(file);
  }
  for (const path of files) {
    const file = await readTomlFile(path);
    if (file === undefined) continue;
    found.push(file);
    break;
  }
  return found.flatMap(rulesIn);
}

function confFilesIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder);
    return names
      .filter((name) => name.endsWith(".conf"))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return [];
    throw invalidFile(folder, `cannot be read: ${errno ?? "unknown error"}`, error);
  }
}

function rulesIn(file: TomlFile): readonly RegistryRule[] {
  return (readKey(file, file.table, "registry", "tables") ?? []).map((table) => {
    const prefix = readKey(file, table, "prefix", "text") ?? "";
    const location = readKey(file, table, "location", "text") ?? "";
    if (prefix === "" && location === "")
      throw invalidFile(file.path, "has a [[registry]] without prefix and location");
    const byDigest = readKey(file, table, "mirror-by-digest-only", "switch") ?? false;
    const mirrors = readKey(file, table, "mirror", "tables") ?? [];
    return {
      prefix: plain(prefix || location),
      // A wildcard without a location changes no name.
      location: plain(location || (prefix.startsWith("*.") ? "" : prefix)),
      isBlocked: readKey(file, table, "blocked", "switch") ?? false,
      mirrors: mirrors.map((mirror) => mirrorRule(file, mirror, byDigest)),
      source: file.path,
    };
  });
}

function mirrorRule(file: TomlFile, table: JsonObject, byDigest: boolean): MirrorRule {
  const location = plain(readKey(file, table, "location", "text") ?? "");
  if (apiOf(location, true) === undefined) {
    throw invalidFile(
      file.path,
      `has a mirror whose location \`${printable(location)}\` is no HOST[:PORT][/PATH]`,
    );
  }
  const pulls = readKey(file, table, "pull-from-mirror", "text") ?? (byDigest ? "digest-only" : "all");
  if (pulls !== "all" && pulls !== "digest-only" && pulls !== "tag-only") {
    throw invalidFile(file.path, "has `pull-from-mirror` that is none of all, digest-only and tag-only");
  }
  return { location, isInsecure: readKey(file, table, "insecure", "switch") ?? false, pulls };
}

function plain(location: string): string {
  return location.replace(/^https?:\/\//, "").replace(/\/+$/, "");
}

/** The rule for a name: that with the longest prefix. */
export function ruleFor(
  rules: readonly RegistryRule[],
  { registry, repository }: OciName,
): RegistryRule | undefined {
  const name = `${registry}/${repository}`;
  return rules
    .filter(({ prefix }) => matches(prefix, name, registry))
    .reduce<RegistryRule | undefined>(
      (best, rule) => (best === undefined || rule.prefix.length > best.prefix.length ? rule : best),
      undefined,
    );
}

function matches(prefix: string, name: string, registry: string): boolean {
  if (prefix.startsWith("*.")) return registry.replace(/:\d+$/, "").endsWith(prefix.slice(1));
  return name === prefix || name.startsWith(`${prefix}/`);
}

/**
 * The mirrors that a rule names for what is below its prefix, and what stands in place of the registry itself. Places
 * without trustworthy TLS may not say what a tag means.
 */
export function mirrorsOf(
  rule: RegistryRule,
  name: OciName,
): { readonly mirrors: readonly Mirror[]; readonly moved: Mirror | undefined } {
  const whole = `${name.registry}/${name.repository}`;
  const rest = rule.prefix.startsWith("*.")
    ? name.repository
    : whole.slice(rule.prefix.length).replace(/^\//, "");
  const at = (location: string, isInsecure: boolean, pulls: MirrorRule["pulls"]): readonly Mirror[] => {
    const api = apiOf(location, isInsecure);
    if (api === undefined) return [];
    const path = location.split("/").slice(1).join("/");
    const isVerified = !isInsecure;
    return [
      {
        api,
        repositoryOf: () => [path, rest].filter((part) => part !== "").join("/"),
        namespace: undefined,
        mayResolve: pulls !== "digest-only" && isSecure({ api, isVerified }),
        mayPull: pulls !== "tag-only",
        tls: undefined,
        isVerified,
        source: rule.source,
      },
    ];
  };
  const mirrors = rule.mirrors.flatMap((mirror) => at(mirror.location, mirror.isInsecure, mirror.pulls));
  const isMoved = rule.location !== "" && rule.location !== rule.prefix;
  return { mirrors, moved: isMoved ? at(rule.location, false, "all")[0] : undefined };
}

/** An insecure one is spoken to in plain http; so is this machine, as ever. */
function apiOf(location: string, isInsecure: boolean): URL | undefined {
  const [host = ""] = location.split("/");
  const address = host === "docker.io" ? "registry-1.docker.io" : host;
  const secure = `https://${address}/v2/`;
  if (host === "" || !URL.canParse(secure)) return undefined;
  const isPlain = isInsecure || isLoopbackHost(new URL(secure).hostname);
  return new URL(isPlain ? `http://${address}/v2/` : secure);
}
