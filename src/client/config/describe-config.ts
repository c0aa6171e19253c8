import { stat } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../core/index.ts";
import { type DistClientOptions, resolveSettings } from "../settings/settings.ts";
import { configKeyNames, variableOf } from "./config-keys.ts";
import { configPlaces, type ConfigScope, type ConfigSearch } from "./config-places.ts";
import type { ConfigOrigin } from "./load-config.ts";
import { openConfig } from "./open-config.ts";
import { configFileNames } from "./read-config-file.ts";

/** A key, what it is set to without its secrets, and where that comes from. */
export interface ConfigRow {
  readonly key: string;
  readonly value: string | number | readonly string[] | undefined;
  readonly origin: ConfigOrigin;
  /** The variable that sets it. */
  readonly variable: string;
}

/**
 * Every key of the configuration that a client with these options would work by, for people to look at.
 * @throws {DistError} INVALID_CONFIG, INVALID_INPUT
 */
export async function describeConfig(
  options: DistClientOptions,
): Promise<{ readonly rows: readonly ConfigRow[]; readonly warnings: readonly string[] }> {
  const { get, warnings } = await openConfig(resolveSettings(options));
  const rows = configKeyNames.map((key) => {
    const { value, shown, origin } = get(key);
    const isPlain = typeof value === "number" || isList(value);
    return { key, value: isPlain ? value : shown, origin, variable: variableOf(key) };
  });
  return { rows, warnings };
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

/** A file that configuration may stand in. */
export interface ConfigFilePlace {
  readonly scope: ConfigScope;
  readonly path: string;
  readonly isThere: boolean;
}

/** The files that a client with these options would look at, the one that rules first. */
export async function listConfigFiles(options: DistClientOptions): Promise<readonly ConfigFilePlace[]> {
  return findConfigFiles(resolveSettings(options).configSearch);
}

/** The files in which configuration is looked for, the one that rules first. */
export async function findConfigFiles(search: ConfigSearch): Promise<readonly ConfigFilePlace[]> {
  const places = configPlaces(search);
  const files = places.flatMap(({ scope, folder }) =>
    configFileNames.map((name) => ({ scope, path: join(folder, name) })),
  );
  return Promise.all(files.map(async ({ scope, path }) => ({ scope, path, isThere: await exists(path) })));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
