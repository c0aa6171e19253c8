import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDockerRegistry } from "../test/support/servers.ts";
import { tempDir } from "../test/support/temp-dir.ts";
import { push, pushConfig, type Pushed } from "./push.ts";

/** Name of a shape of artifacts: how many components, and the bytes of each. */
export type ArtifactShape =
  | "100 MiB"
  | "512 MiB"
  | "40 × 5 MiB"
  | "400 × 5 MiB"
  | "200 × 20 KiB"
  | "1,000 × 1 KiB";

const kib = 1024;
const mib = 1024 * kib;
const shapes: Readonly<Record<ArtifactShape, { readonly count: number; readonly bytes: number }>> = {
  "100 MiB": { count: 1, bytes: 100 * mib },
  "512 MiB": { count: 1, bytes: 512 * mib },
  "40 × 5 MiB": { count: 40, bytes: 5 * mib },
  "400 × 5 MiB": { count: 400, bytes: 5 * mib },
  "200 × 20 KiB": { count: 200, bytes: 20 * kib },
  "1,000 × 1 KiB": { count: 1_000, bytes: kib },
};

/** A component that a registry serves. */
export interface Artifact extends Pushed {
  /** `HOST/REPOSITORY:TAG`. */
  readonly tagged: string;
  /** `HOST/REPOSITORY@DIGEST`. */
  readonly pinned: string;
  /** Where its bytes are. */
  readonly blobUrl: string;
}

/** Components of one shape, and a lockfile that pins them all. */
export interface ArtifactSet {
  readonly artifacts: readonly [Artifact, ...Artifact[]];
  /** Path of the lockfile. */
  readonly lockfile: string;
  /** Of all components together. */
  readonly totalBytes: number;
}

/** A registry, a scratch folder, and what cases pull. Disposing of it removes all of it. */
export interface Workbench extends AsyncDisposable {
  /** Origin of Debian's `docker-registry` on loopback. */
  readonly registry: string;
  /** Scratch folder. */
  readonly directory: string;
  /**
   * Components of this shape, pushed when first asked for.
   * @param origin where clients find the registry. Default: the registry itself.
   */
  readonly artifacts: (shape: ArtifactShape, origin?: string) => Promise<ArtifactSet>;
}

/** Starts a {@link Workbench}. */
export async function openWorkbench(): Promise<Workbench> {
  const directory = await tempDir();
  const registry = await startDockerRegistry().catch(async (error: unknown) => {
    await directory[Symbol.asyncDispose]();
    throw error;
  });
  const pushed = new Map<ArtifactShape, Promise<readonly Pushed[]>>();
  return {
    registry: registry.url,
    directory: directory.path,
    artifacts: async (shape, origin = registry.url) => {
      const there = pushed.get(shape) ?? pushAll(registry.url, shape, directory.path);
      pushed.set(shape, there);
      return artifactSet(shape, await there, origin, directory.path);
    },
    [Symbol.asyncDispose]: async () => {
      await registry[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const repositoryOf = (shape: ArtifactShape): string =>
  `bench/${shape.toLowerCase().replaceAll("×", "x").replaceAll(/[ ,]/g, "")}`;

async function pushAll(registry: string, shape: ArtifactShape, scratch: string): Promise<readonly Pushed[]> {
  const { count, bytes } = shapes[shape];
  const repository = repositoryOf(shape);
  await pushConfig(registry, repository);
  const all: Pushed[] = [];
  const todo = Array.from({ length: count }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const index of todo) {
      const file = join(scratch, `pushed-${index}`);
      all[index] = await push({ registry, repository, tag: `v${index}`, bytes, scratch: file });
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return all;
}

async function artifactSet(
  shape: ArtifactShape,
  pushed: readonly Pushed[],
  origin: string,
  directory: string,
): Promise<ArtifactSet> {
  const { host } = new URL(origin);
  const repository = repositoryOf(shape);
  const [first, ...others] = pushed.map((one, index) => ({
    ...one,
    tagged: `${host}/${repository}:v${index}`,
    pinned: `${host}/${repository}@${one.manifestDigest}`,
    blobUrl: `${origin}/v2/${repository}/blobs/${one.contentDigest}`,
  }));
  if (first === undefined) throw new TypeError("a set without artifacts");
  const artifacts = [first, ...others] as const;
  const components = artifacts.map(({ tagged, manifestDigest }, index) => ({
    name: `component-${index}`,
    reference: `oci://${tagged}`,
    digest: manifestDigest,
  }));
  const lockfile = join(directory, `${repository.replace("/", "-")}-${host.replace(":", "-")}.lock.json`);
  await writeFile(lockfile, JSON.stringify({ schema_version: 1, components }));
  return { artifacts, lockfile, totalBytes: shapes[shape].count * shapes[shape].bytes };
}
