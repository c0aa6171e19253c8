import {
  type Descriptor,
  type Digest,
  type DistError,
  essenceOf,
  limits,
  mediaTypes,
  type OciName,
  parseManifest,
} from "../core/index.ts";
import { readBody } from "../http/index.ts";
import { maxMetadataRedirects } from "./auth/token.ts";
import type { RegistryCallOptions, RegistryCalls } from "./calls.ts";
import { malformedAnswer } from "./failures.ts";
import { nextPage } from "./next-page.ts";
import { referrersTag } from "./referrers-tag.ts";

/** Registries that do not offer it answer in many ways. */
const okOrUnsupported: ReadonlySet<number> = new Set([200, 400, 404, 405, 501]);

/**
 * What names a manifest as its subject (distribution-spec v1.1, "Listing Referrers"), each once: page by page, or where the
 * registry does not offer that, as a tag of the repository says.
 */
export async function listReferrers(
  { send }: Pick<RegistryCalls, "send">,
  { digest, ...name }: OciName & { readonly digest: Digest },
  { reference, signal, tenant }: RegistryCallOptions & { readonly reference: string },
): Promise<readonly Descriptor[]> {
  const referrers = new Map<Digest, Descriptor>();
  const asked = new Set<string>();
  const fetchPage = async (path: string): Promise<string | undefined> => {
    asked.add(path);
    const { response, url } = await send({
      name: { ...name, digest: undefined },
      path,
      method: "GET",
      headers: { accept: mediaTypes.ociIndex },
      accepted: okOrUnsupported,
      maxRedirects: maxMetadataRedirects,
      bufferBytes: limits.manifestBytes,
      reference,
      signal,
      tenant,
    });
    const unusable = (why: string): DistError => malformedAnswer({ method: "GET", url }, why);
    const contentType = response.header("content-type") ?? "";
    if (response.status !== 200 || essenceOf(contentType) !== mediaTypes.ociIndex) {
      response.discard();
      return asked.size === 1 ? `manifests/${referrersTag(digest)}` : undefined;
    }
    if (!response.body.delimited) {
      response.discard();
      throw unusable("without a length nothing tells whether it is whole");
    }
    const tooLarge = (): DistError => unusable(`it has more than ${limits.manifestBytes} bytes`);
    const manifest = parseManifest(await readBody(response, limits.manifestBytes, tooLarge), contentType);
    for (const one of manifest.kind === "index" ? manifest.manifests : []) referrers.set(one.digest, one);
    if (referrers.size > limits.descriptorsPerManifest)
      throw unusable(`it lists more than ${limits.descriptorsPerManifest} referrers`);
    const next = nextPage(response.header("link"), url);
    if (next === undefined) return undefined;
    if ("flaw" in next) throw unusable(next.flaw);
    const nextPath = `referrers/${digest}?${next.toString()}`;
    if (asked.has(nextPath)) throw unusable("its next page is one of those before");
    return nextPath;
  };
  for (let path: string | undefined = `referrers/${digest}`; path !== undefined;)
    path = await fetchPage(path);
  return [...referrers.values()];
}
