import { isLoopbackHost } from "../../http/index.ts";
import type { Endpoint } from "../endpoint.ts";

/** Where a registry sends its clients for a token, or why that place must not be asked. */
export type Realm = { readonly url: URL } | { readonly refused: string };

/**
 * Reads the `realm` of a bearer challenge. It comes from the registry, which must not steer us to plain http, nor to
 * addresses that only this machine or its network reaches.
 */
export async function parseRealm(text: string, registry: Endpoint): Promise<Realm> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return { refused: "it is no http address" };
  }
  if (url.username !== "" || url.password !== "") return { refused: "it carries a login of its own" };
  if (url.protocol === "http:" && !registry.allowPlainHttp(url)) return { refused: "it is not https" };
  const own = url.hostname === registry.origin.hostname || isLoopbackHost(registry.origin.hostname);
  if (!own && (await isInternal(url.hostname))) return { refused: "it is an internal address" };
  return { url };
}

/** Known token services. They would pass by their domain too; naming them spares reading the public suffix list. */
const tokenHosts: ReadonlyMap<string, string> = new Map([
  ["registry-1.docker.io", "auth.docker.io"],
  ["registry.gitlab.com", "gitlab.com"],
]);

/**
 * Whether a login for `registry` may go to `realm`: to the registry's own origin; over https to its registrable
 * domain; and from a registry on loopback to the same loopback address at any port.
 */
export async function mayReceiveLogin(realm: URL, registry: URL): Promise<boolean> {
  if (realm.origin === registry.origin) return true;
  if (isLoopbackHost(registry.hostname)) return realm.hostname === registry.hostname;
  if (realm.protocol !== "https:") return false;
  if (realm.host === tokenHosts.get(registry.host)) return true;
  const { getDomain } = await import("tldts");
  const domain = getDomain(registry.hostname, { allowPrivateDomains: true });
  return domain !== null && domain === getDomain(realm.hostname, { allowPrivateDomains: true });
}

/** Networks of no address on the public internet (IANA special-purpose registries): loopback, link-local, private. */
const internalNetworks = {
  ipv4: [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
  ],
  ipv6: ["::/127", "fc00::/7", "fe80::/10"],
} as const;

/** Whether a URL's hostname is loopback by name, or the literal address of an internal network. */
async function isInternal(hostname: string): Promise<boolean> {
  if (isLoopbackHost(hostname) || /\.localhost\.?$/.test(hostname)) return true;
  const { BlockList, isIP } = await import("node:net");
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(address);
  if (family === 0) return false;
  const list = new BlockList();
  for (const kind of ["ipv4", "ipv6"] as const) {
    for (const network of internalNetworks[kind]) {
      const [base = "", prefix] = network.split("/");
      list.addSubnet(base, Number(prefix), kind);
    }
  }
  return list.check(address, family === 6 ? "ipv6" : "ipv4");
}
