import { DistError, type OciName, printable, printOciName } from "../../core/index.ts";
import type { Place, RegistryClient } from "../../registry/index.ts";
import type { MirrorFinder } from "./find-mirrors.ts";
import type { Mirror } from "./mirror.ts";

/** What {@link createPlaceFinder} works with. */
export interface PlaceFinderOptions {
  readonly finder: MirrorFinder;
  /** Asks registries themselves. */
  readonly origin: RegistryClient;
  /** A client that asks this mirror; `isLast`: nobody is asked after it. */
  readonly clientFor: (mirror: Mirror, isLast: boolean) => Promise<RegistryClient>;
  /** Whether a place counts at all. */
  readonly isAllowed: (mirror: Mirror) => boolean;
}

/**
 * Finds out who is asked for a name: its mirrors, in the order of their files, then the registry.
 * @throws {DistError} INVALID_CONFIG; FORBIDDEN when `registries.conf` blocks the registry
 */
export function createPlaceFinder(options: PlaceFinderOptions): (name: OciName) => Promise<readonly Place[]> {
  const { finder, origin, clientFor, isAllowed } = options;
  const clients = new Map<string, Promise<RegistryClient>>();
  const itself: Place = {
    client: origin,
    nameOf: (name) => name,
    mayResolve: true,
    mayPull: true,
    label: "",
  };
  return async (name) => {
    const { mirrors, asksOrigin, blockedBy } = await finder.planFor(name);
    if (blockedBy !== undefined) throw blocked(name, blockedBy);
    const asked = mirrors.filter(isAllowed);
    const placeOf = async (mirror: Mirror, i: number): Promise<Place> => {
      const label = `the mirror ${mirror.api.href} (${printable(mirror.source)})`;
      const client = clients.get(label) ?? clientFor(mirror, !asksOrigin && i === asked.length - 1);
      clients.set(label, client);
      const { mayResolve, mayPull, repositoryOf } = mirror;
      const nameOf = (one: OciName): OciName => ({ ...one, repository: repositoryOf(one.repository) });
      return { client: await client, nameOf, mayResolve, mayPull, label };
    };
    const places = await Promise.all(asked.map(placeOf));
    return asksOrigin ? [...places, itself] : places;
  };
}

/** The error for a registry that `registries.conf` blocks. */
export function blocked(name: OciName, path: string): DistError<"FORBIDDEN"> {
  const reference = printable(printOciName(name));
  const shown = printable(path);
  return new DistError(
    "FORBIDDEN",
    `\`${reference}\` is blocked by \`${shown}\``,
    { reference },
    {
      hint: `who looks after this machine wants nothing from there; if that is wrong, change \`blocked\` in ${shown}`,
    },
  );
}
