import { errorResponse, jsonResponse } from "./json-response.ts";

/**
 * One page of a list, as distribution-spec v1.1, "Listing Tags", has it: `n` names in lexical order, after the name
 * `last`, and in Link where the next page is.
 * @param key what the list is called in the answer
 * @param rest what stands beside it there
 */
export function pageResponse(
  { pathname, searchParams }: URL,
  key: "tags" | "repositories",
  names: readonly string[],
  rest: Readonly<Record<string, string>> = {},
): Response {
  const asked = searchParams.get("n");
  if (asked !== null && !/^\d{1,9}$/.test(asked))
    return errorResponse(400, "PAGINATION_NUMBER_INVALID", "expected n to be a whole number");
  const after = searchParams.get("last") ?? "";
  const left = names.filter((name) => name > after).toSorted();
  const page = asked === null ? left : left.slice(0, Number(asked));
  const last = page.at(-1);
  const body = { ...rest, [key]: page };
  if (asked === null || last === undefined || page.length === left.length) return jsonResponse(200, body);
  const next = new URLSearchParams({ n: asked, last });
  return jsonResponse(200, body, { link: `<${pathname}?${next.toString()}>; rel="next"` });
}
