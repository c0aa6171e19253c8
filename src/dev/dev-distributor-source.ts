import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ifPresent } from "../cache/index.ts";
import { DistError, limits, printable, throwIfAborted } from "../core/index.ts";
import {
  type DistributorCallOptions,
  DistributorError,
  type DistributorSource,
} from "../distributor/index.ts";
import { withIoError } from "./catalog/io-error.ts";
import { openInside } from "./catalog/inside.ts";
import { type ArtifactKind, artifactPath, type Layout } from "./catalog/layout.ts";
import { isSafeId, isSafeVersion } from "./catalog/safe-name.ts";

/** Where a {@link DevDistributorSource} looks. */
export interface DevDistributorSourceOptions {
  /** Default: `.greentic/dev` in the current folder. */
  readonly rootDir?: string | undefined;
  /** Relative to the root. Default: `packs`. */
  readonly packsDir?: string | undefined;
  /** Relative to the root. Default: `components`. */
  readonly componentsDir?: string | undefined;
  /**
   * `flat`: `packs/<id>-<version>.gtpack` and `components/<id>-<version>.wasm`; `byIdAndVersion`:
   * `packs/<id>/<version>/pack.gtpack` and `components/<id>/<version>/component.wasm`. Default: `flat`.
   */
  readonly layout?: Layout | undefined;
  /** Largest file that is read, in bytes. Default: 2 GiB. */
  readonly maxArtifactBytes?: number | undefined;
}

/**
 * Packs and components from a folder. An id or version that could name anything but a file below it is refused, and
 * links count as long as they end inside. The folder need not be there: it then has nothing.
 */
export class DevDistributorSource implements DistributorSource {
  readonly #root: string;
  readonly #folders: Readonly<Record<ArtifactKind, string>>;
  readonly #layout: Layout;
  readonly #maxBytes: number;

  constructor(options: DevDistributorSourceOptions = {}) {
    const { rootDir = ".greentic/dev", packsDir = "packs", componentsDir = "components" } = options;
    this.#root = resolve(rootDir);
    this.#folders = { component: componentsDir, pack: packsDir };
    this.#layout = options.layout ?? "flat";
    this.#maxBytes = options.maxArtifactBytes ?? limits.artifactBytes;
  }

  async fetchPack(
    packId: string,
    version: string,
    options: DistributorCallOptions = {},
  ): Promise<Uint8Array> {
    return this.#fetch("pack", packId, version, options);
  }

  async fetchComponent(
    componentId: string,
    version: string,
    options: DistributorCallOptions = {},
  ): Promise<Uint8Array> {
    return this.#fetch("component", componentId, version, options);
  }

  async #fetch(
    kind: ArtifactKind,
    id: string,
    version: string,
    { signal }: DistributorCallOptions,
  ): Promise<Uint8Array> {
    throwIfAborted(signal);
    if (!isSafeId(id)) throw unsafe(`${kind} id`, id);
    if (!isSafeVersion(version)) throw unsafe("version", version);
    const path = join(this.#root, this.#folders[kind], artifactPath(this.#layout, kind, id, version));
    return withIoError(path, async () => {
      const root = await ifPresent(realpath(this.#root));
      await using file = root === undefined ? undefined : await openInside(root, path);
      if (file === undefined) throw absent(`${kind} ${id} ${version}`, path);
      const { sizeBytes } = await file.state();
      if (sizeBytes > this.#maxBytes) throw tooLarge(printable(path), this.#maxBytes, sizeBytes);
      const bytes = await file.bytes();
      throwIfAborted(signal);
      return bytes;
    });
  }
}

function unsafe(what: string, text: string): DistError<"INVALID_INPUT"> {
  const shown = printable(text);
  return new DistError(
    "INVALID_INPUT",
    `\`${shown}\` is no ${what} that a folder can hold`,
    {},
    { hint: "expected ASCII letters, digits, `.`, `-` and `_`, beginning with none of `.` and `-`" },
  );
}

function absent(name: string, path: string): DistributorError<"not_found"> {
  return new DistributorError("not_found", `${name}, looked for at \`${printable(path)}\``, { details: {} });
}

function tooLarge(path: string, expected: number, actual: number): DistError<"SIZE_MISMATCH"> {
  return new DistError(
    "SIZE_MISMATCH",
    `\`${path}\` is larger than the limit of ${expected} bytes`,
    { reference: path, expected, actual },
    { hint: "raise the limit with maxArtifactBytes if this size is meant" },
  );
}
