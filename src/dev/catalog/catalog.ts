import { realpath } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { compareVersions, type Digest, DistError, isDistError, printable } from "../../core/index.ts";
import { ifPresent, stateOf } from "../../cache/index.ts";
import { createDigestMemo } from "./digest-memo.ts";
import type { ArtifactSettings } from "./distributor-json.ts";
import { withIoError } from "./io-error.ts";
import { openInside } from "./inside.ts";
import type { ArtifactKind } from "./layout.ts";
import { scan, type Scan, type ServedArtifact } from "./scan.ts";
import { createServedFile, type ServedFile } from "./served-file.ts";
import { openSettingsFile } from "./settings-file.ts";
import { type CatalogChange, type CatalogState, watchCatalog } from "./watch-catalog.ts";

/** Which folder {@link openCatalog} serves. */
export interface CatalogOptions {
  readonly root: string;
  /** Relative to the root. Default: `packs`. */
  readonly packsDir?: string | undefined;
  /** Relative to the root. Default: `components`. */
  readonly componentsDir?: string | undefined;
  /** How long a folder must be quiet before a change is told, in milliseconds. Default: 50. */
  readonly debounceMs?: number | undefined;
  /** Hears, once each, what is not served, or not used, and why. Default: nobody. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * The components and packs that lie in a folder, in both layouts. It looks at the folder whenever it is asked, so that
 * what it says is never old; links count as long as they end inside.
 */
export interface Catalog extends Disposable {
  /** The folder, absolute and without links. */
  readonly root: string;
  /** Components, then packs; by id, and the highest version of each first. */
  readonly list: () => Promise<readonly ServedArtifact[]>;
  /** A sentence for each file that looks like an artifact and is not served. */
  readonly complaints: () => Promise<readonly string[]>;
  /**
   * One of them.
   * @param version `undefined` or `latest` means what `distributor.json` says; else the highest: of releases; where
   * there is none, of pre-releases; and where there is none of those, of other texts
   */
  readonly find: (
    kind: ArtifactKind,
    id: string,
    version: string | undefined,
  ) => Promise<ServedArtifact | undefined>;
  /** All versions of one, the highest first. */
  readonly versions: (kind: ArtifactKind, id: string) => Promise<readonly ServedArtifact[]>;
  /** What `distributor.json` says of it. While that file cannot be used: what it said before. */
  readonly settingsOf: (kind: ArtifactKind, id: string) => Promise<ArtifactSettings>;
  /** Finds the first of `among` (default: everything) whose bytes have this digest; what has no known digest is hashed, if it can be. */
  readonly findDigest: (
    digest: Digest,
    among?: readonly ServedArtifact[],
  ) => Promise<ServedArtifact | undefined>;
  /**
   * The digest of its bytes as they are now. A file is read once for as long as it does not change.
   * @throws {DistError} NOT_FOUND when it is not there any more; IO
   */
  readonly digestOf: (artifact: ServedArtifact) => Promise<Digest>;
  /** The same where it is known without reading the file. */
  readonly knownDigestOf: (artifact: ServedArtifact) => Digest | undefined;
  /**
   * Opens its file; to be disposed of, unless its stream is read to the end or cancelled.
   * @throws {DistError} NOT_FOUND when it is not there any more; IO
   */
  readonly open: (artifact: ServedArtifact) => Promise<ServedFile>;
  /** Calls `listener` after changes of the folder, until the function that is returned is called. */
  readonly onChange: (listener: (change: CatalogChange) => void) => () => void;
}

/**
 * Opens a folder to be served.
 * @throws {DistError} NOT_FOUND when it is not there; INVALID_INPUT when a folder is not below the root;
 * INVALID_CONFIG when `distributor.json` cannot be used
 */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { packsDir = "packs", componentsDir = "components", debounceMs = 50, onWarning } = options;
  const warn = (message: string): void => onWarning?.(message);
  const root = await rootOf(options.root);
  const places = { component: below(root, componentsDir), pack: below(root, packsDir) };
  const memo = createDigestMemo();
  let told: ReadonlySet<string> = new Set();

  const scanKind = (kind: ArtifactKind, id?: string): Promise<Scan> =>
    withIoError(places[kind], () => scan(root, kind, places[kind], id));
  const scanAll = async (): Promise<Scan> => {
    const [components, packs] = [await scanKind("component"), await scanKind("pack")];
    const complaints = new Set([...components.complaints, ...packs.complaints]);
    for (const message of complaints) if (!told.has(message)) warn(message);
    told = complaints;
    const artifacts = [...components.artifacts, ...packs.artifacts].toSorted(inOrder);
    memo.keep(new Set(artifacts.map(({ path }) => path)));
    return { artifacts, folders: [...components.folders, ...packs.folders], complaints: [...complaints] };
  };
  const open = (artifact: ServedArtifact): Promise<ServedFile> =>
    withIoError(artifact.path, async () => {
      const file = await openInside(root, artifact.path);
      if (file === undefined) throw gone(artifact);
      try {
        const { sizeBytes, modifiedMs, stamp } = await file.state();
        const digest = await memo.digestOf(artifact.path, file);
        return createServedFile({ ...artifact, sizeBytes, modifiedMs, stamp }, digest, file);
      } catch (error) {
        await file[Symbol.asyncDispose]();
        throw error;
      }
    });
  const digestOf = async (artifact: ServedArtifact): Promise<Digest> => {
    await using file = await open(artifact);
    return file.digest;
  };
  const readableDigestOf = async (artifact: ServedArtifact): Promise<Digest | undefined> => {
    try {
      return await digestOf(artifact);
    } catch (error) {
      if (isDistError(error, "IO") || isDistError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  };
  const knownDigestOf = ({ path, stamp }: ServedArtifact): Digest | undefined => memo.known(path, stamp);
  const list = async (): Promise<readonly ServedArtifact[]> => (await scanAll()).artifacts;
  const versions = async (kind: ArtifactKind, id: string): Promise<readonly ServedArtifact[]> =>
    (await scanKind(kind, id)).artifacts.toSorted(inOrder);
  const settingsFile = await openSettingsFile(root, warn);
  const settingsOf = async (kind: ArtifactKind, id: string): Promise<ArtifactSettings> =>
    (await settingsFile.read())[kind].get(id) ?? { components: [], secretRequirements: undefined };
  const look = async (): Promise<CatalogState> => {
    return { ...(await scanAll()), settings: await settingsFile.read() };
  };
  const watching = watchCatalog(root, await look(), look, debounceMs, warn);

  return {
    root,
    list,
    complaints: async () => (await scanAll()).complaints,
    versions,
    settingsOf,
    async find(kind, id, version) {
      const all = await versions(kind, id);
      const isLatest = version === undefined || version === "latest";
      const wanted = isLatest ? (await settingsOf(kind, id)).latest : version;
      return wanted === undefined ? all[0] : all.find((one) => one.version === wanted);
    },
    async findDigest(digest, among) {
      const candidates = among ?? (await list());
      const isKnown = candidates.find((one) => knownDigestOf(one) === digest);
      if (isKnown !== undefined) return isKnown;
      for (const one of candidates) {
        if (knownDigestOf(one) === undefined && (await readableDigestOf(one)) === digest) return one;
      }
      return undefined;
    },
    digestOf,
    knownDigestOf,
    open,
    onChange: watching.onChange,
    [Symbol.dispose]: () => watching[Symbol.dispose](),
  };
}

function inOrder(a: ServedArtifact, b: ServedArtifact): number {
  return compare(a.kind, b.kind) || compare(a.id, b.id) || compareVersions(b.version, a.version);
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

async function rootOf(root: string): Promise<string> {
  const real = await withIoError(root, () => ifPresent(realpath(root)));
  if (real !== undefined && (await stateOf(real))?.kind === "folder") return real;
  const path = printable(root);
  throw new DistError(
    "NOT_FOUND",
    `folder \`${path}\` is not there`,
    { path },
    { hint: `make it with \`mkdir -p ${path}\`, or name another` },
  );
}

function below(root: string, folder: string): string {
  if (!isAbsolute(folder) && !folder.split(/[/\\]/).includes("..")) return join(root, folder);
  const path = printable(folder);
  throw new DistError(
    "INVALID_INPUT",
    `\`${path}\` is no folder below the root`,
    { path },
    { hint: "name it relative to the root, without `..`" },
  );
}

function gone({ path, kind, id, version }: ServedArtifact): DistError<"NOT_FOUND"> {
  return new DistError("NOT_FOUND", `${kind} \`${id}\` ${version} is not there any more`, { path });
}
