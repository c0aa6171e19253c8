import { isJsonObject, printable } from "../../core/index.ts";
import { Secret } from "../../registry/index.ts";
import { hostOf } from "../settings/parse-host.ts";

/** A kind of value that a key of the configuration can have. */
export interface ValueKind<T> {
  /** What is meant by a value out of a file; `undefined` when it is not of this kind. */
  readonly read: (value: unknown) => T | undefined;
  /** The same for the text of a variable. */
  readonly parse: (text: string) => T | undefined;
  /** Completes "expected …". */
  readonly expected: string;
  /** The value for people, without secrets and safe to print. */
  readonly show: (value: T) => string;
  /** No message quotes a value of this kind, not even a wrong one. */
  readonly isSecret: boolean;
}

/** What {@link ValueKind.show} puts in the place of a secret. */
const masked = "***";

function textKind<T>(
  parse: (text: string) => T | undefined,
  expected: string,
  show: (value: T) => string,
): ValueKind<T> {
  const read = (value: unknown): T | undefined => (typeof value === "string" ? parse(value) : undefined);
  return { read, parse, expected, show, isSecret: false };
}

/** An environment's or a tenant's name (contract of the distributor API). */
export const identifier: ValueKind<string> = textKind(
  (text) => (/^[A-Za-z0-9._-]+$/.test(text) ? text : undefined),
  "letters, digits, `.`, `-` and `_`",
  (value) => value,
);

/** A web address that holds no secret. */
export const webAddress: ValueKind<string> = textKind(
  (text) => {
    if (!URL.canParse(text) || text !== text.trim()) return undefined;
    const { protocol, username, password, search, hash } = new URL(text);
    return /^https?:$/.test(protocol) && username + password + search + hash === "" ? text : undefined;
  },
  "an http or https address without login or query",
  printable,
);

/** Where a proxy is, with or without `http://`, and with or without a login. */
export const proxyAddress: ValueKind<string> = {
  ...textKind(
    (text) => {
      const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
      return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol) ? text : undefined;
    },
    "[http[s]://][USER:PASSWORD@]HOST[:PORT]",
    (text) => {
      const [, scheme = "", host = ""] = /^([a-z]+:\/\/)?.*@(.*)$/is.exec(text) ?? [];
      return printable(host === "" ? text : `${scheme}${masked}@${host}`);
    },
  ),
  isSecret: true,
};

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): ValueKind<T> {
  return textKind(
    (text) => words.find((word) => word === text),
    words.join(", "),
    (value) => value,
  );
}

/** How long to wait, in milliseconds: as much as a timer can. */
export const milliseconds: ValueKind<number> = {
  read: (value) => (typeof value === "number" && isDelay(value) ? value : undefined),
  parse: (text) => (/^\d{1,10}$/.test(text) && isDelay(Number(text)) ? Number(text) : undefined),
  expected: "a whole number of milliseconds from 1 to 2147483647",
  show: String,
  isSecret: false,
};

function isDelay(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 2_147_483_647;
}

/** A token or password. */
export const secret: ValueKind<Secret> = {
  ...textKind(
    // What is none of these cannot be sent in a header.
    (text) => (/^[\x21-\x7e]+$/.test(text) ? new Secret(text) : undefined),
    "a token without spaces",
    () => masked,
  ),
  isSecret: true,
};

/** Registries as `host` or `host:port`; in a variable separated by commas. */
export const registryHosts: ValueKind<readonly string[]> = {
  read: (value) =>
    Array.isArray(value)
      ? allOf(value, (host) => (typeof host === "string" ? hostOf(host) : undefined))
      : undefined,
  parse: (text) => allOf(text.split(","), (host) => hostOf(host.trim())),
  expected: "a list of hosts, each HOST or HOST:PORT",
  show: (hosts) => hosts.join(", "),
  isSecret: false,
};

/** HTTP headers by their lower-case name, their values secret; in a variable `name=value`, separated by commas. */
export const headers: ValueKind<Readonly<Record<string, Secret>>> = {
  read: (value) => (isJsonObject(value) ? headersFrom(Object.entries(value)) : undefined),
  parse: (text) =>
    headersFrom(
      text.split(",").map((pair) => {
        const [name = "", ...value] = pair.split("=");
        return [name.trim(), value.join("=").trim()];
      }),
    ),
  expected: "headers: a name and a text each",
  show: (value) =>
    Object.keys(value)
      .map((name) => `${name}=${masked}`)
      .join(", "),
  isSecret: true,
};

function headersFrom(
  pairs: readonly (readonly [name: string, value: unknown])[],
): Readonly<Record<string, Secret>> | undefined {
  const found = allOf(pairs, ([name, value]) => {
    const isHeader =
      /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && typeof value === "string" && /^[\x20-\x7e]+$/.test(value);
    return isHeader ? ([name.toLowerCase(), new Secret(value)] as const) : undefined;
  });
  const names = new Set(found?.map(([name]) => name));
  return found === undefined || names.size < found.length ? undefined : Object.fromEntries(found);
}

function allOf<T, R>(values: readonly T[], read: (value: T) => R | undefined): readonly R[] | undefined {
  const found: R[] = [];
  for (const value of values) {
    const one = read(value);
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found;
}
