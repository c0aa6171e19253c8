/** Why a page cannot be gone on from. */
export interface PageFlaw {
  readonly flaw: string;
}

/**
 * The query of what `Link` (RFC 8288) calls `next`; `undefined` after the last page. A next page is asked for where the
 * first one was, with the query that the registry gave: no link leads away.
 */
export function nextPage(link: string | undefined, base: URL): URLSearchParams | PageFlaw | undefined {
  const links = [...(link ?? "").matchAll(/<([^<>]*)>([^<>]*)/g)];
  const target = links.find(([, , parameters = ""]) => /;\s*rel="?next\b/i.test(parameters))?.[1];
  if (target === undefined) return undefined;
  if (!URL.canParse(target, base.href)) return { flaw: "the address of its next page is none" };
  const url = new URL(target, base.href);
  if (url.origin !== base.origin) return { flaw: `its next page lies elsewhere, at ${url.origin}` };
  return url.searchParams;
}
