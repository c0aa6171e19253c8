/** IPv4 addresses inside IPv6 ones, as WHATWG URLs print them: `::ffff:7f00:1`. */
const mappedV4 = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/;

/**
 * Whether a host can only be this machine: `localhost`, 127.0.0.0/8 or ::1. `hostname` is that of a `URL`, which has
 * already turned `127.1`, `0x7f000001` and `LOCALHOST` into these forms.
 */
export function isLoopbackHost(hostname: string): boolean {
  const octets = ipv4Of(hostname);
  return hostname.replace(/\.$/, "") === "localhost" || hostname === "[::1]" || octets?.[0] === 127;
}

/**
 * Whether a host is this machine or something only this machine's link can see: loopback, `*.localhost`, link-local
 * (where clouds keep their metadata services) and unspecified addresses. No public server has business naming these.
 */
export function isLocalHost(hostname: string): boolean {
  if (isLoopbackHost(hostname) || /\.localhost\.?$/.test(hostname)) return true;
  if (hostname === "[::]" || /^\[fe[89ab]/.test(hostname)) return true;
  const octets = ipv4Of(hostname);
  return octets !== undefined && (octets[0] === 0 || (octets[0] === 169 && octets[1] === 254));
}

/** The first two octets of an IPv4 address, also of one inside IPv6. */
function ipv4Of(hostname: string): readonly [number, number] | undefined {
  const plain = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(hostname);
  if (plain !== null) return [Number(plain[1]), Number(plain[2])];
  const mapped = mappedV4.exec(hostname);
  if (mapped === null) return undefined;
  const high = Number.parseInt(mapped[1] ?? "", 16);
  return [high >> 8, high & 0xff];
}
