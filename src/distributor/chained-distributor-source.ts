import { isDistError, printable } from "../core/index.ts";
import type { DistributorCallOptions } from "./distributor-client.ts";
import { DistributorError } from "./distributor-error.ts";
import type { DistributorSource } from "./distributor-source.ts";

/** Several sources as one: the first that has something gives it. Any error but NOT_FOUND ends the search. */
export class ChainedDistributorSource implements DistributorSource {
  readonly #sources: readonly DistributorSource[];

  /** @param sources in the order in which they are asked. In an empty chain nothing is found */
  constructor(sources: readonly DistributorSource[]) {
    this.#sources = [...sources];
  }

  async fetchPack(
    packId: string,
    version: string,
    options: DistributorCallOptions = {},
  ): Promise<Uint8Array> {
    return this.#first(`pack ${packId} ${version}`, (source) => source.fetchPack(packId, version, options));
  }

  async fetchComponent(
    componentId: string,
    version: string,
    options: DistributorCallOptions = {},
  ): Promise<Uint8Array> {
    return this.#first(`component ${componentId} ${version}`, (source) =>
      source.fetchComponent(componentId, version, options),
    );
  }

  async #first(
    subject: string,
    fetch: (source: DistributorSource) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    let cause: unknown;
    for (const source of this.#sources) {
      try {
        return await fetch(source);
      } catch (error) {
        if (!isDistError(error, "NOT_FOUND")) throw error;
        cause = error;
      }
    }
    const where = `in none of ${this.#sources.length} sources`;
    throw new DistributorError("not_found", `${printable(subject)}, ${where}`, { details: {}, cause });
  }
}
