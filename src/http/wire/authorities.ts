import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DistError, errnoOf, isDistError, printable } from "../../core/index.ts";
import type { Authorities } from "../trust.ts";

/** Where the authorities are named that are trusted. */
export interface AuthorityLocations {
  /** A file of PEM certificates, and folders with such files, which replace Node's list (OpenSSL's variables). */
  readonly certFile: string | undefined;
  readonly certDirs: readonly string[];
  /** A file of PEM certificates that are trusted in addition. */
  readonly extraFile: string | undefined;
  /** Whether the operating system's list counts too, where Node's does. */
  readonly system: boolean;
}

/** What `tls` offers for this; the function since Node.js 22.15. */
interface NodeLists {
  readonly rootCertificates: readonly string[];
  readonly getCACertificates?: (type: "default" | "system") => readonly string[];
}

/** Where systems keep all authorities in one file: Debian and Alpine, Fedora, SUSE, older Red Hat, BSD. */
const systemFiles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * Reads the authorities that are to be trusted.
 * @throws {DistError} INVALID_CONFIG for a file that cannot be read or holds no certificate
 */
export async function loadAuthorities(locations: AuthorityLocations): Promise<Authorities> {
  const { certFile, certDirs, extraFile, system } = locations;
  const extra = extraFile === undefined ? [] : certificatesIn(extraFile, "NODE_EXTRA_CA_CERTS");
  const extraSource = extraFile === undefined ? [] : [`NODE_EXTRA_CA_CERTS (${extraFile})`];
  if (certFile === undefined && certDirs.length === 0) {
    const source = ["Node.js's own list", ...extraSource].join(" and ");
    // Node reads that variable too, but only when it starts and from its own environment.
    const pem = extraFile === undefined ? undefined : [...(await nodeList("default")), ...extra];
    return { pem, source, wider: system ? () => withSystemList(extra, source) : undefined };
  }
  const named = certFile === undefined ? [] : certificatesIn(certFile, "SSL_CERT_FILE");
  const found = certDirs.flatMap(certificatesBelow);
  if (certDirs.length > 0 && found.length + named.length === 0) throw emptyFolders(certDirs);
  const source = [
    ...(certFile === undefined ? [] : [`SSL_CERT_FILE (${certFile})`]),
    ...(certDirs.length === 0 ? [] : [`SSL_CERT_DIR (${certDirs.join(", ")})`]),
    ...extraSource,
  ].join(" and ");
  return { pem: [...new Set([...named, ...found, ...extra])], source };
}

async function withSystemList(extra: readonly string[], source: string): Promise<Authorities | undefined> {
  const system = await systemList();
  if (system === undefined) return undefined;
  const pem = new Set([...(await nodeList("default")), ...system.pem, ...extra]);
  return { pem: [...pem], source: `${source} and ${system.source}` };
}

/** What the operating system trusts, where it says so in a way that we understand. */
async function systemList(): Promise<
  { readonly pem: readonly string[]; readonly source: string } | undefined
> {
  for (const source of systemFiles) {
    const pem = parseCertificates(textOf(source));
    if (pem.length > 0) return { pem, source };
  }
  const pem = await nodeList("system");
  return pem.length === 0 ? undefined : { pem, source: "the system's list" };
}

/** One that is not there, or not for us to read, is no mistake of anybody's. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return "";
  }
}

async function nodeList(type: "default" | "system"): Promise<readonly string[]> {
  const lists: NodeLists = await import("node:tls");
  return lists.getCACertificates?.(type) ?? (type === "default" ? lists.rootCertificates : []);
}

function certificatesIn(path: string, variable: string): readonly string[] {
  const shown = printable(path);
  let text: string;
  try {
    // Reading a pipe may never end, and cannot be interrupted.
    if (!statSync(path).isFile()) throw invalidFile(variable, shown, "is no regular file", undefined);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isDistError(error)) throw error;
    throw invalidFile(variable, shown, `cannot be read (${errnoOf(error) ?? "unknown error"})`, error);
  }
  const certificates = parseCertificates(text);
  if (certificates.length === 0) throw invalidFile(variable, shown, "holds no PEM certificate", undefined);
  return certificates;
}

/** The certificates in a folder as OpenSSL and distributions keep them; one that is not there has none. */
function certificatesBelow(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.(?:pem|crt|cer|\d{1,3})$/.test(name));
    const texts = names.map((name) => readFileSync(join(folder, name), "utf8"));
    return [...new Set(texts.flatMap(parseCertificates))];
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return [];
    throw invalidFile(
      "SSL_CERT_DIR",
      printable(folder),
      `cannot be read (${errno ?? "unknown error"})`,
      error,
    );
  }
}

function parseCertificates(text: string): readonly string[] {
  return (
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? []
  );
}

function invalidFile(
  variable: string,
  path: string,
  reason: string,
  cause: unknown,
): DistError<"INVALID_CONFIG"> {
  const hint = `correct the path, or unset ${variable} to do without it`;
  return new DistError(
    "INVALID_CONFIG",
    `${variable} names \`${path}\`, which ${reason}`,
    { path },
    { hint, cause },
  );
}

function emptyFolders(folders: readonly string[]): DistError<"INVALID_CONFIG"> {
  const path = printable(folders.join(", "));
  return new DistError(
    "INVALID_CONFIG",
    `SSL_CERT_DIR names \`${path}\`, where no certificate is (*.pem, *.crt, or hashed names)`,
    { path },
    { hint: "correct the path, or unset SSL_CERT_DIR to do without it" },
  );
}
