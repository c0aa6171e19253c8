/**
 * Characters that change how a terminal shows the text around them: C0, C1, bidi controls, lone surrogates. Spelled
 * without properties of Unicode: engines of WebAssembly guests may know none.
 */
const unprintable =
  /[^ -~\u00a0-\u{10ffff}]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;

/** How much of a foreign text is shown, in UTF-16 units. */
const shownLength = 500;
/** How much of it is searched for secrets. */
const readLength = 2048;

/**
 * `text` as it may be shown in a message: secrets that a reference or URL can carry become `***`, control, C1 and
 * bidi characters are escaped as `\u{…}`, and what is over 500 characters is cut.
 */
export function printable(text: string): string {
  const isLong = text.length > readLength;
  // A userinfo may still be open where the reading ends: the `@` makes it count as one.
  const safe = withoutSecrets(isLong ? `${text.slice(0, readLength)}@` : text);
  return visible(isLong ? `${safe.slice(0, shownLength)}…` : safe);
}

/**
 * `text` that can hold no secret, as it may be shown: control, C1 and bidi characters are escaped as `\u{…}`, and what
 * is over 500 characters is cut.
 */
export function visible(text: string): string {
  const cut = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
  // To make the other pattern ready takes longer than all that a warm pull shows.
  if (/^[ -~]*$/.test(cut)) return cut;
  return cut.replace(unprintable, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/**
 * Replaces what a reference or URL can hide: its userinfo, and the values of a query or fragment (signed URLs). Of
 * what is neither it rather hides too much than too little.
 */
export function withoutSecrets(text: string): string {
  if (!/[@?#]/.test(text)) return text;
  if (versioned.test(text)) return text;
  const [word = "", ...addresses] = withoutQuery(text).split("://");
  return [withoutBareUserinfo(word), ...addresses.map(withoutUserinfo)].join("://");
}

/** `store://name@1.0.0`: what stands before the `@` is no login. */
const versioned = /^(?:repo|store):\/\/[\w./-]+@v?\d+(?:\.\d+){1,2}(?:[-+][\w.+-]*)?$/i;

function withoutQuery(text: string): string {
  const query = text.search(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? /[?#]/ : /[?#][^?#\s]*=/);
  return query < 0 ? text : `${text.slice(0, query + 1)}***`;
}

/** For what follows `://`. URL parsers skip further slashes there. */
function withoutUserinfo(address: string): string {
  if (!address.includes("@")) return address;
  const start = address.search(/[^/\\]|$/);
  const end = userinfoEnd(address.slice(start));
  return end > 0 ? `${address.slice(0, start)}***${address.slice(start + end)}` : address;
}

/** `user:secret@host/…` is no reference, but people paste it; `name:tag@sha256:…` is one and stays. */
function withoutBareUserinfo(text: string): string {
  const prefix = /^(?:https?:[/\\]*|[/\\]{2,})/i.exec(text)?.[0];
  if (prefix !== undefined) return prefix + withoutUserinfo(text.slice(prefix.length));
  const end = userinfoEnd(text);
  const isUserinfo =
    text.slice(0, Math.max(end, 0)).includes(":") ||
    /^(?:localhost|[^/]*\.[a-z]{2,})(?::\d+)?\//i.test(text.slice(end + 1));
  return end > 0 && isUserinfo ? `***${text.slice(end)}` : text;
}

/** Where the `@` is that ends the userinfo at the start of `address`; less than 1 when it has none. */
function userinfoEnd(address: string): number {
  const slash = address.indexOf("/");
  const authority = slash < 0 ? address : address.slice(0, slash);
  const at = lastAt(authority);
  // A colon that no port follows: the slash after it may be a part of a password.
  return at < 1 && /:(?!\d*$)/.test(authority) ? lastAt(address) : at;
}

/** The last `@` but one that stands before a digest; a port is none. */
function lastAt(text: string): number {
  const at = text.lastIndexOf("@");
  const isPin = /^sha\d+:(?!\d{1,5}$)/.test(text.slice(at + 1));
  return at > 0 && isPin ? text.lastIndexOf("@", at - 1) : at;
}

/** A web address as it is written down: without userinfo, query and fragment, which may be secrets. */
export function bareAddress({ origin, pathname }: URL): string {
  return origin + pathname;
}
