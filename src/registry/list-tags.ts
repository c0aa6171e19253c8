import {
  type DistError,
  isJsonObject,
  limits,
  type OciName,
  parseJson,
  isTag,
  relating,
} from "../core/index.ts";
import { readBody } from "../http/index.ts";
import { failedTo } from "./access.ts";
import { maxMetadataRedirects } from "./auth/token.ts";
import type { RegistryCallOptions, RegistryCalls } from "./calls.ts";
import { malformedAnswer } from "./failures.ts";
import { nextPage, type PageFlaw } from "./next-page.ts";

/** How many tags a page is asked to hold; registries with a smaller limit send less. */
const pageSize = 1000;
const maxPages = 1000;
const maxTags = 100_000;

const ok: ReadonlySet<number> = new Set([200]);

/**
 * All tags of a repository (distribution-spec v1.1, "Listing Tags"), page by page, each once and in the registry's
 * order. A next page is asked for where the first one was, with the query that the registry gave: no link leads away.
 */
export function listTags(
  calls: Pick<RegistryCalls, "send">,
  name: OciName,
  call: ListTagsCall,
): Promise<readonly string[]> {
  const { reference } = call;
  const failed = failedTo(reference, { repository: name.repository, action: "list" });
  return relating(reference, failed, () => readPages(calls, name, call));
}

type ListTagsCall = RegistryCallOptions & { readonly reference: string };

async function readPages(
  { send }: Pick<RegistryCalls, "send">,
  name: OciName,
  { reference, signal, tenant }: ListTagsCall,
): Promise<readonly string[]> {
  const tags = new Set<string>();
  const asked = new Set<string>();
  let query: URLSearchParams | undefined = new URLSearchParams({ n: `${pageSize}` });
  while (query !== undefined) {
    const { response, url } = await send({
      name,
      path: `tags/list?${query.toString()}`,
      method: "GET",
      accepted: ok,
      maxRedirects: maxMetadataRedirects,
      bufferBytes: limits.manifestBytes,
      action: "list",
      reference,
      signal,
      tenant,
    });
    const unusable = (why: string): DistError => malformedAnswer({ method: "GET", url }, why);
    const tooLarge = (): DistError => unusable(`a page of tags has more than ${limits.manifestBytes} bytes`);
    if (!response.body.delimited) {
      response.discard();
      throw unusable("without a length nothing tells whether it is whole");
    }
    const page = tagsIn(await readBody(response, limits.manifestBytes, tooLarge));
    if (page === undefined) throw unusable("it is no list of tags");
    for (const tag of page) tags.add(tag);
    asked.add(query.toString());
    const next: URLSearchParams | PageFlaw | undefined = nextPage(response.header("link"), url);
    if (next !== undefined && "flaw" in next) throw unusable(next.flaw);
    if (next !== undefined && asked.has(next.toString()))
      throw unusable("its next page is one of those before");
    if (next !== undefined && (tags.size >= maxTags || asked.size >= maxPages)) {
      throw unusable(`there are more than ${maxTags} tags, or ${maxPages} pages of them`);
    }
    query = next;
  }
  return [...tags];
}

/** What is no tag of the grammar cannot be asked for, and is passed over; `undefined` for what is no list. */
function tagsIn(bytes: Uint8Array): readonly string[] | undefined {
  const document = parseJson(bytes);
  // Of a repository without tags some say null.
  const tags = isJsonObject(document) ? (document["tags"] ?? []) : undefined;
  if (!Array.isArray(tags)) return undefined;
  return tags.filter((tag): tag is string => typeof tag === "string" && isTag(tag));
}
