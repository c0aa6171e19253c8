import { statSync } from "node:fs";
import {
  type Descriptor,
  type Digest,
  DistError,
  inParallel,
  parseDigest,
  printable,
  subjectOf,
  type OciName,
  printOciName,
} from "../../core/index.ts";
import { nameOf } from "../../layout/index.ts";
import { artifactTypeOf, bundleTypes } from "../bundle/bundle-media-types.ts";
import { nothing } from "../bundle/collect-image.ts";
import { keepManifests } from "../bundle/keep-manifests.ts";
import { findLock, type LoadBundleOptions, lockOf, openInput } from "../bundle/load-bundle.ts";
import { ociNameOf } from "../bundle/show-entry.ts";
import { type StagedBundle, stageBundle } from "../bundle/stage-bundle.ts";
import { findMissing } from "../images/find-missing.ts";
import type { ImageSource } from "../images/image-source.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { offlinePush } from "../push/offline-push.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { CopiedArtifact, CopyOptions } from "./copy-options.ts";
import { openPlace } from "./copy-to-registry.ts";
import { placesBelow } from "./places-below.ts";

/** Where a bundle comes from, and how it is pushed. */
export interface PushBundleOptions extends LoadBundleOptions, Pick<CopyOptions, "force"> {
  /**
   * Sends nothing, and keeps nothing of the bundle: verifies it, asks the registry what it has, and counts what would be
   * sent. Offline nobody is asked, and all of it is counted. Default: false.
   */
  readonly dryRun?: boolean | undefined;
}

/**
 * Pushes everything in a bundle, and what refers to it, below `HOST/PREFIX`: each artifact to the path of its own
 * repository, under its own tag. All of it is verified before anything is sent, and every tag looked at. What is there is
 * not sent again. The cache stays as it is.
 * @throws {DistError} INVALID_INPUT, also when something in it has no place in a registry; TAG_EXISTS, OFFLINE: nothing was
 * sent then; what {@link loadBundle} throws, and what registries answer
 */
export async function pushBundle(
  context: PullContext,
  to: string,
  { lockOutput, force, dryRun = false, signal, ...from }: PushBundleOptions,
): Promise<readonly CopiedArtifact[]> {
  const { path, files } = openInput(from, context.settings.onEvent);
  const file = typeof from.input === "string" ? from.input : undefined;
  const toCache = `greentic-dist load ${printable(file ?? "-")}`;
  const placeOf = placesBelow(to, { what: "a bundle holds", toCache });
  if (context.network === undefined && !dryRun) throw offlinePush(printable(to));
  await using lease = dryRun ? undefined : await context.cache.lease([]);
  await using stage = dryRun ? undefined : await context.cache.stage();
  const staging = stage ?? keepManifests(path);
  const bundle = await stageBundle(context, files, { path, staging, lease, signal });
  if (lockOutput !== undefined) await findLock(bundle, path);
  const images = await imagesIn(bundle);
  const placed = placeAll({ path, file }, bundle, placeOf);
  await refuseOthers({ path, file }, bundle, images, placed);
  const options = { withReferrers: true, force, instead: "name another prefix", dryRun, signal };
  const places = await inParallel(placed, async ({ name, digest, tags }) => {
    const place = { name, tenant: undefined, isPinned: true };
    return { digest, copy: await openPlace(context, place, digest, { ...options, tags }) };
  });
  const copied = await inParallel(places, async ({ digest, copy }) =>
    copy({ root: await bundle.readManifest(digest), images }),
  );
  if (lockOutput !== undefined && !dryRun) await replaceFile(lockOutput, await lockOf(bundle, path));
  return copied;
}

/** An artifact of a bundle, and where it goes. */
interface Placed {
  /** The repository. */
  readonly name: OciName;
  readonly digest: Digest;
  readonly tags: readonly string[];
}

/** A bundle, as messages name it, and its file when it is one. */
interface NamedBundle {
  readonly path: string;
  readonly file: string | undefined;
}

/** Where everything goes that has a name in a registry: once to each repository, with all its tags. */
function placeAll(
  named: NamedBundle,
  { index }: StagedBundle,
  placeOf: (name: OciName, digest: Digest) => OciName,
): readonly Placed[] {
  const placed = new Map<string, Placed>();
  for (const entry of index.manifests) {
    const known = ociNameOf(nameOf(entry));
    if (known === undefined) continue;
    const { digest } = entry;
    if (known.digest !== undefined && known.digest !== digest) throw noPlace(named, entry);
    const { tag, ...place } = placeOf(known, digest);
    const name = { ...place, tag: undefined, digest };
    const key = printOciName(name);
    const before = placed.get(key)?.tags ?? [];
    placed.set(key, {
      name,
      digest,
      tags: tag === undefined || before.includes(tag) ? before : [...before, tag],
    });
  }
  return [...placed.values()];
}

/** A bundle as the place that images are read from. */
async function imagesIn({ index, readManifest, openBlob }: StagedBundle): Promise<ImageSource> {
  const referrers = new Map<Digest, Descriptor[]>();
  for (const entry of index.manifests) {
    const subject = subjectOf(await readManifest(entry.digest));
    if (subject === undefined) continue;
    const known = referrers.get(subject) ?? [];
    referrers.set(subject, [...known, entry]);
  }
  return {
    readManifest: (digest) => readManifest(parseDigest(digest)),
    openBlob: ({ digest }) => Promise.resolve(openBlob(digest)),
    referrersOf: (digest) => Promise.resolve(referrers.get(digest) ?? []),
  };
}

/** @throws {DistError} INVALID_INPUT when something in a bundle goes nowhere that is not its lockfile */
async function refuseOthers(
  named: NamedBundle,
  { index, readManifest }: StagedBundle,
  images: ImageSource,
  placed: readonly Placed[],
): Promise<void> {
  const reached = new Set<Digest>();
  for (const { digest } of placed) {
    const root = await readManifest(digest);
    const found = await findMissing(images, nothing, { root, withReferrers: true, signal: undefined });
    for (const document of found) reached.add(document.digest);
  }
  for (const entry of index.manifests) {
    const { digest } = entry;
    if (reached.has(digest) || artifactTypeOf(await readManifest(digest)) === bundleTypes.lock) continue;
    throw noPlace(named, entry);
  }
}

function noPlace({ path, file }: NamedBundle, entry: Descriptor): DistError<"INVALID_INPUT"> {
  const shown = printable(path);
  const name = printable(nameOf(entry) ?? entry.digest);
  // What came by stdin must be a file before one thing is taken out of it.
  const isFolder = file !== undefined && statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  const source = `${isFolder ? "oci-layout" : "oci-archive"}:${printable(file ?? "bundle.tar")}`;
  return new DistError(
    "INVALID_INPUT",
    `\`${name}\` in \`${shown}\` belongs to no registry, so that nothing says which path it would have in another one`,
    { path: shown },
    {
      hint: `\`greentic-dist copy ${source}@${entry.digest} registry.example.com/acme/hello:1.0\` copies it to a place that you name`,
    },
  );
}
