import { BlockList, isIP } from "node:net";

type Rule = (host: Host) => boolean;

/** Where a request goes. */
interface Host {
  /** In lower case; an IPv6 address without its brackets, a name without a dot at its end. */
  readonly name: string;
  readonly port: string;
  /** 4 or 6 for an address, 0 for a name. */
  readonly family: number;
}

/**
 * Reads a list of hosts that are reached without a proxy (`NO_PROXY`): names, with all below them; `*` for all;
 * addresses and networks (`10.0.0.0/8`, `fd00::/8`); each with `:PORT` if only that is meant. Separated by commas or
 * blanks. What is none of this is passed over. Where curl and Go differ: a dot before a name makes no difference (curl),
 * `*.name` means only what is below it (Go), `*` counts anywhere in the list (Go), ports count (Go), and an address is
 * never matched by the end of its text (curl).
 */
export function parseNoProxy(text: string): (url: URL) => boolean {
  const rules = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .flatMap((entry) => ruleOf(entry) ?? []);
  return (url) => {
    const host = hostOf(url);
    return rules.some((matches) => matches(host));
  };
}

function hostOf({ hostname, port, protocol }: URL): Host {
  const name = hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
  return { name, port: port === "" ? (protocol === "https:" ? "443" : "80") : port, family: isIP(name) };
}

function ruleOf(entry: string): Rule | undefined {
  if (entry === "*") return () => true;
  if (entry.includes("/")) return networkRule(entry);
  const { name, port } = split(entry);
  const matches = isIP(name) === 0 ? nameRule(name) : networkRule(name);
  return matches && ((host) => (port === undefined || host.port === port) && matches(host));
}

function split(entry: string): { readonly name: string; readonly port: string | undefined } {
  if (isIP(entry) !== 0) return { name: entry, port: undefined };
  const [, name = "", port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { name: name.replace(/^\[(.*)\]$/, "$1"), port: port === undefined ? port : String(Number(port)) };
}

function nameRule(name: string): Rule | undefined {
  const base = name.replace(/^\*?\./, "").replace(/\.$/, "");
  if (!/^[^\s*:[\]/]+$/.test(base)) return undefined;
  const isBelowOnly = name.startsWith("*");
  return (host) =>
    host.family === 0 && (host.name.endsWith(`.${base}`) || (host.name === base && !isBelowOnly));
}

/** For an address, or a network in CIDR form. IPv4 also matches where it stands inside an IPv6 address. */
function networkRule(text: string): Rule | undefined {
  const [, address = "", prefix] = /^\[?([^\]/]*)\]?(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  const bits = family === 6 ? 128 : 32;
  const length = Number(prefix ?? bits);
  if (family === 0 || length > bits || (text.includes("/") && prefix === undefined)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, length, familyName(family));
  return (host) => host.family !== 0 && list.check(host.name, familyName(host.family));
}

function familyName(family: number): "ipv4" | "ipv6" {
  return family === 6 ? "ipv6" : "ipv4";
}
