import { type Digest, isDigest } from "./digest.ts";

/**
 * A name in an OCI registry: `registry/repository`, and what in it is meant. When both are given the digest
 * counts and the tag is only kept for display.
 */
export interface OciName {
  /** Host and optional port, as in `ghcr.io` or `127.0.0.1:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/** Longest `registry/repository`, by the distribution/reference grammar. */
const maxNameLength = 255;
/** Longest whole text: name, `:`, tag of 128, `@`, digest. Longer input is refused before any pattern sees it. */
const maxLength = maxNameLength + 1 + 128 + 1 + 71;

const hostPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const bareHexPattern = /^[a-f0-9]{64}$/;

/**
 * Parses the distribution/reference grammar with Docker's defaults: no registry means `docker.io`, one word means
 * `library/word`, neither tag nor digest means `latest`. Returns `undefined` for anything else; never takes more
 * than linear time.
 */
export function parseOciName(text: string): OciName | undefined {
  if (text.length === 0 || text.length > maxLength || bareHexPattern.test(text)) return undefined;
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) return undefined;
  const tagged = at < 0 ? text : text.slice(0, at);
  const colon = tagged.lastIndexOf(":");
  const hasTag = colon > tagged.lastIndexOf("/");
  const tag = hasTag ? tagged.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagPattern.test(tag)) return undefined;
  const name = splitName(hasTag ? tagged.slice(0, colon) : tagged);
  if (name === undefined) return undefined;
  return { ...name, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

/** Whether `text` can be a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

function splitName(name: string): Pick<OciName, "registry" | "repository"> | undefined {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const explicit = isHost(first);
  const registry = explicit && first !== "index.docker.io" ? first : "docker.io";
  const path = explicit ? name.slice(slash + 1) : name;
  const repository = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  if (registry.length + 1 + repository.length > maxNameLength) return undefined;
  if (!hostPattern.test(registry)) return undefined;
  return repository.split("/").every((part) => componentPattern.test(part))
    ? { registry, repository }
    : undefined;
}

/** Whether the word before the first slash of a name is a host and not the first part of a Docker Hub name. */
function isHost(word: string): boolean {
  return looksLikeHost(word) || word !== word.toLowerCase();
}

/** Whether a path that begins with `word` may be meant for a registry: `ghcr.io`, but not `Downloads` or `.greentic`. */
export function canBeRegistry(word: string): boolean {
  return looksLikeHost(word) && word.length <= maxNameLength && hostPattern.test(word);
}

function looksLikeHost(word: string): boolean {
  return /[.:]/.test(word) || word === "localhost";
}

/** The canonical text of `name`: `registry/repository`, then `@digest`, or else `:tag`. */
export function printOciName(name: OciName): string {
  return `${name.registry}/${name.repository}${name.digest === undefined ? `:${name.tag}` : `@${name.digest}`}`;
}
