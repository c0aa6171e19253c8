import { dirname, join, resolve } from "node:path";
import { isJsonObject, type JsonObject, printable } from "../../core/index.ts";
import type { HostTls } from "../../http/index.ts";
import { hostFolders, readPem } from "./certs-folder.ts";
import { isSecure, type Mirror } from "./mirror.ts";
import { invalidFile, readKey, readTomlFile, type TomlFile } from "./read-toml-file.ts";

/** What a `hosts.toml` says of a registry. */
export interface HostsFile {
  readonly mirrors: readonly Mirror[];
  /** What stands in place of the registry itself; `undefined`: nothing does. */
  readonly server: Mirror | undefined;
  /** What is special about TLS with the registry itself. */
  readonly tls: HostTls | undefined;
}

/**
 * Reads containerd's `hosts.toml` for a registry: that of its own folder, else that of `_default`, from the first
 * folder of `certs.d` that has one. `undefined`: there is none.
 * @throws {DistError} INVALID_CONFIG
 */
export async function readHostsFile(
  certsDirs: readonly string[],
  host: string,
): Promise<HostsFile | undefined> {
  for (const dir of certsDirs) {
    for (const folder of [...hostFolders([dir], host), join(dir, "_default")]) {
      const file = await readTomlFile(join(folder, "hosts.toml"));
      if (file !== undefined) return hostsOf(file, host);
    }
  }
  return undefined;
}

async function hostsOf(file: TomlFile, host: string): Promise<HostsFile> {
  const mirrors: Mirror[] = [];
  for (const [address, table] of Object.entries(readKey(file, file.table, "host", "table") ?? {})) {
    if (!isJsonObject(table))
      throw invalidFile(file.path, `has \`host.${printable(address)}\` that is no table`);
    mirrors.push(await mirrorOf(file, address, table, host));
  }
  const address = readKey(file, file.table, "server", "text");
  const own = address === undefined ? undefined : await mirrorOf(file, address, file.table, host);
  const isElsewhere = own !== undefined && own.api.host !== addressOf(host);
  return { mirrors, server: isElsewhere ? own : undefined, tls: await tlsIn(file, file.table) };
}

async function mirrorOf(file: TomlFile, address: string, table: JsonObject, host: string): Promise<Mirror> {
  const overridesPath = readKey(file, table, "override_path", "switch") ?? false;
  const api = apiOf(address, overridesPath);
  if (api === undefined) throw invalidFile(file.path, `names \`${printable(address)}\`, which is no address`);
  const isVerified = !(readKey(file, table, "skip_verify", "switch") ?? false);
  const capabilities = readKey(file, table, "capabilities", "texts") ?? ["pull", "resolve"];
  return {
    api,
    repositoryOf: (repository) => repository,
    namespace: api.host === addressOf(host) ? undefined : host,
    mayResolve: capabilities.includes("resolve") && isSecure({ api, isVerified }),
    mayPull: capabilities.includes("pull"),
    tls: await tlsIn(file, table),
    isVerified,
    source: file.path,
  };
}

/** Docker Hub's registry has another address than its name. */
function addressOf(host: string): string {
  return host === "docker.io" ? "registry-1.docker.io" : host;
}

function apiOf(address: string, overridesPath: boolean): URL | undefined {
  const text = /^[a-z]+:\/\//i.test(address) ? address : `https://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    return undefined;
  const path = url.pathname.replace(/\/+$/, "");
  return new URL(`${overridesPath || path.endsWith("/v2") ? path : `${path}/v2`}/`, url);
}

/** `ca`, and the first pair under `client`; paths begin at the file's folder. */
async function tlsIn(file: TomlFile, table: JsonObject): Promise<HostTls | undefined> {
  const folder = dirname(file.path);
  const read = (path: string): Promise<string> => readPem(resolve(folder, path));
  const ca = readKey(file, table, "ca", "texts");
  const { client } = table;
  const pair = Array.isArray(client) && Array.isArray(client[0]) ? client[0] : client;
  const [cert, key = cert] =
    pair === undefined ? [] : (readKey(file, { client: pair }, "client", "texts") ?? []);
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca !== undefined && { ca: (await Promise.all(ca.map(read))).join("\n") }),
    ...(cert !== undefined && key !== undefined && { cert: await read(cert), key: await read(key) }),
    source: file.path,
  };
}
