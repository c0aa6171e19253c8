import { readdirSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../core/index.ts";
import type { HostTls } from "../../http/index.ts";
import { readRegularFile } from "../files/read-regular-file.ts";
import { invalidFile } from "./read-toml-file.ts";

const maxBytes = 1_048_576;

/**
 * The folders in which `certs.d` may keep what is special about a host: containerd writes `host_port_` too, for file
 * systems without colons.
 */
export function hostFolders(certsDirs: readonly string[], host: string): readonly string[] {
  const port = /:(\d+)$/.exec(host)?.[1];
  const bare = port === undefined ? host : host.slice(0, -port.length - 1);
  const names = port === undefined ? [host] : [`${bare}_${port}_`, host];
  return certsDirs.flatMap((dir) => names.map((name) => join(dir, name)));
}

/**
 * The certificates in the first of these folders that has any, as Docker and Podman keep them: `*.crt` are authorities,
 * `client.cert` and `client.key` belong together. `undefined`: there are none.
 * @throws {DistError} INVALID_CONFIG
 */
export async function readCertificates(folders: readonly string[]): Promise<HostTls | undefined> {
  for (const folder of folders) {
    const names = filesIn(folder);
    const authorities = names.filter((name) => name.endsWith(".crt"));
    const cert = names.find((name) => name.endsWith(".cert"));
    if (authorities.length === 0 && cert === undefined) continue;
    const key = cert?.replace(/\.cert$/, ".key");
    if (key !== undefined && !names.includes(key)) {
      throw invalidFile(join(folder, cert ?? ""), `has no \`${key}\` beside it`);
    }
    const read = (name: string): Promise<string> => readPem(join(folder, name));
    return {
      ...(authorities.length > 0 && { ca: (await Promise.all(authorities.map(read))).join("\n") }),
      ...(cert !== undefined && key !== undefined && { cert: await read(cert), key: await read(key) }),
      source: folder,
    };
  }
  return undefined;
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return [];
    throw invalidFile(folder, `cannot be read: ${errno ?? "unknown error"}`, error);
  }
}

/**
 * The text of a file with a certificate or key in it.
 * @throws {DistError} INVALID_CONFIG
 */
export async function readPem(path: string): Promise<string> {
  const content = await readRegularFile(path, maxBytes);
  if ("flaw" in content) throw invalidFile(path, content.flaw, content.cause);
  const text = Buffer.from(content.bytes).toString("latin1");
  if (!text.includes("-----BEGIN ")) throw invalidFile(path, "holds nothing in PEM");
  return text;
}
