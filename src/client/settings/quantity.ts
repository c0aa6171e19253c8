/** Bytes in each unit that a count of bytes may be written in. */
const byteUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Milliseconds in each unit that a duration may be written in. */
const durationUnits: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The bytes that a text such as `500MB`, `2GiB` or `1048576` says; `undefined` when it says none. */
export function parseByteCount(text: string): number | undefined {
  return parseQuantity(text, byteUnits);
}

/** The milliseconds that a text such as `90s`, `2h` or `30d` says, or `0`; `undefined` when it says none. */
export function parseDuration(text: string): number | undefined {
  return text === "0" ? 0 : parseQuantity(text, durationUnits);
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, letters = ""] = /^(\d{1,15}(?:\.\d{1,3})?) ?([A-Za-z]{0,3})$/.exec(text) ?? [];
  const name = letters.toLowerCase();
  const unit = Object.hasOwn(units, name) ? units[name] : undefined;
  const amount = digits === undefined || unit === undefined ? Number.NaN : Math.round(Number(digits) * unit);
  return Number.isSafeInteger(amount) ? amount : undefined;
}
