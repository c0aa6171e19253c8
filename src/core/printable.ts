/** Characters that change how a terminal shows the text around them: C0, C1, bidi controls, lone surrogates. */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** How much of a foreign text is shown, in UTF-16 units. */
const shownLength = 500;

/**
 * `text` as it may be shown in a message: secrets that a reference or URL can carry become `***`, control, C1 and
 * bidi characters are escaped as `\u{…}`, and what is over 500 characters is cut.
 */
export function printable(text: string): string {
  const safe = withoutSecrets(text);
  const cut = safe.length > shownLength ? `${safe.slice(0, shownLength)}…` : safe;
  return cut.replace(unprintable, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** Replaces what a reference or URL can hide: its userinfo, and the values of a query (signed URLs). */
export function withoutSecrets(text: string): string {
  const scheme = text.indexOf("://");
  if (scheme < 0) return redactBareUserinfo(text);
  const start = scheme + 3;
  const rest = text.slice(start);
  const length = rest.search(/[/?#]/);
  const authority = length < 0 ? rest : rest.slice(0, length);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const path = length < 0 ? "" : rest.slice(length);
  const query = path.search(/[?#]/);
  const shownPath = query < 0 ? path : `${path.slice(0, query + 1)}***`;
  const userinfo = host.length === authority.length ? "" : "***@";
  return text.slice(0, start) + userinfo + host + shownPath;
}

/** `user:secret@host/…` is no reference, but people paste it; `name:tag@sha256:…` is one and stays. */
function redactBareUserinfo(text: string): string {
  const at = text.indexOf("@");
  const before = at < 0 ? "" : text.slice(0, at);
  const isUserinfo = before.includes(":") && !before.includes("/") && !text.startsWith("sha", at + 1);
  return isUserinfo ? `***${text.slice(at)}` : text;
}
