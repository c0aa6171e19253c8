import { type Digest, DistError, isDistError, type OciName, printable, printOciName } from "../core/index.ts";
import type { PartialBytes } from "../http/index.ts";
import type { RegistryCallOptions } from "./calls.ts";
import type { OpenBlobOptions, RegistryClient } from "./client.ts";

/** Somebody who can be asked: a mirror, or the registry itself. */
export interface Place {
  readonly client: RegistryClient;
  /** What the name is called there. */
  readonly nameOf: (name: OciName) => OciName;
  /** Whether it may say what a tag means. */
  readonly mayResolve: boolean;
  /** Whether it may be asked for digests. */
  readonly mayPull: boolean;
  /** Whom a warning names. */
  readonly label: string;
}

/** What {@link createMirroredClient} works with. */
export interface MirroredClientOptions {
  /**
   * Who is asked, in this order; the last one's errors are the caller's.
   * @throws {DistError} INVALID_CONFIG, FORBIDDEN
   */
  readonly placesFor: (name: OciName) => Promise<readonly Place[]>;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Hears why somebody was passed over (MIRROR_SKIPPED). */
  readonly onSkip: (message: string, reference: string | undefined) => void;
}

/** How long who did not answer is left alone, in milliseconds. */
const restMs = 60_000;

/** Failures that say something of the place, and not only of what was asked for. */
const placeFailures: ReadonlySet<string> = new Set(["NETWORK", "TIMEOUT", "RATE_LIMITED"]);

/**
 * A client that asks mirrors before the registry. Whoever fails or lies is passed over with a warning; what a mirror
 * hands out is checked like everything else.
 */
export function createMirroredClient({ placesFor, now, onSkip }: MirroredClientOptions): RegistryClient {
  const resting = new Map<string, number>();
  const refused = new Set<string>();
  const said = new Set<string>();
  /** Who opened a blob last. */
  const openers = new Map<Digest, Place>();

  function skip({ label }: Place, reason: string, reference: string | undefined): void {
    const message = `passed over ${label}: ${reason}`;
    if (said.has(message)) return;
    said.add(message);
    onSkip(message, reference);
  }

  async function ask<T>(
    name: OciName,
    {
      digest = name.digest,
      reference,
    }: { readonly digest?: Digest | undefined; readonly reference?: string | undefined },
    call: (place: Place, isOrigin: boolean) => Promise<T>,
  ): Promise<T> {
    const places = (await placesFor(name)).filter(({ mayResolve, mayPull }) =>
      digest === undefined ? mayResolve : mayPull,
    );
    const last = places.at(-1);
    if (last === undefined) throw nobody(name, reference);
    for (const place of places.slice(0, -1)) {
      if ((resting.get(place.label) ?? 0) > now() || refused.has(`${place.label} ${digest}`)) continue;
      try {
        return await call(place, false);
      } catch (error) {
        if (!isDistError(error) || error.code === "ABORTED") throw error;
        if (placeFailures.has(error.code)) resting.set(place.label, now() + restMs);
        skip(place, error.message, reference);
      }
    }
    return call(last, true);
  }

  return {
    ping: (name, options = {}) =>
      ask(name, options, async ({ client, nameOf }) => client.ping?.(nameOf(name), options)),
    // What a tag means may be asked of whoever may say which there are.
    listTags: (name, options = {}) =>
      ask({ ...name, digest: undefined }, options, async ({ client, nameOf }, isLast) =>
        client.listTags?.(nameOf(name), isLast ? options : withoutTenant(options)),
      ),
    // A mirror may not have what came later; whoever may say what a tag means may say what there is of a digest.
    listReferrers: (name, options = {}) =>
      ask({ ...name, digest: undefined }, options, async ({ client, nameOf }, isLast) => {
        const there = { ...nameOf(name), digest: name.digest };
        return (await client.listReferrers?.(there, isLast ? options : withoutTenant(options))) ?? [];
      }),
    headManifest: (name, options = {}) =>
      ask(name, options, ({ client, nameOf }, isLast) =>
        client.headManifest(nameOf(name), isLast ? options : withoutTenant(options)),
      ),
    fetchManifest: (name, options = {}) =>
      ask(name, options, ({ client, nameOf }, isLast) =>
        client.fetchManifest(nameOf(name), isLast ? options : withoutTenant(options)),
      ),
    async openBlob(name, blob, options = {}) {
      const { digest } = blob;
      const { reference, rest } = options;
      const before = openers.get(digest);
      // Whoever is asked for the rest has broken off: it may be that another does not.
      if (rest !== undefined && before !== undefined) {
        refused.add(`${before.label} ${digest}`);
        skip(before, `it broke off after ${rest.offset} bytes`, reference);
      }
      return ask(name, { digest, reference }, async (place, isLast) => {
        const opened = await place.client.openBlob(
          place.nameOf(name),
          blob,
          optionsFor(options, isLast, before === undefined || place === before),
        );
        if (isLast) openers.delete(digest);
        else openers.set(digest, place);
        return isLast
          ? opened
          : refusable(opened, () => {
              refused.add(`${place.label} ${digest}`);
              skip(place, `it sent other bytes than those of ${digest}`, reference);
            });
      });
    },
  };
}

/** A tenant's login is for the registry, and for no mirror of it. */
function withoutTenant(options: RegistryCallOptions): RegistryCallOptions {
  return { ...options, tenant: undefined };
}

/** An ETag is one server's own name for bytes; another is asked by the digest alone. */
function optionsFor(options: OpenBlobOptions, isLast: boolean, isSame: boolean): OpenBlobOptions {
  const { rest, tenant } = options;
  return {
    ...options,
    tenant: isLast ? tenant : undefined,
    rest: rest === undefined || isSame ? rest : { ...rest, etag: undefined },
  };
}

function refusable(opened: PartialBytes, refuse: () => void): PartialBytes {
  const { start, etag } = opened;
  return { start, etag, refuse, [Symbol.asyncIterator]: () => opened[Symbol.asyncIterator]() };
}

function nobody(name: OciName, reference = printOciName(name)): DistError<"INVALID_CONFIG"> {
  return new DistError(
    "INVALID_CONFIG",
    `nobody may be asked for \`${printable(reference)}\`: what stands in place of ${printable(name.registry)} is insecure, or not for this`,
    {},
    { hint: "pin it by its digest, or give the mirror https and the capability `resolve`" },
  );
}
