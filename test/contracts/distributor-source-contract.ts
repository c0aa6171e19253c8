import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DistributorSource } from "../../src/index.ts";

/** What a source has. */
export interface DistributorSourceExpectations {
  readonly pack: { readonly id: string; readonly version: string; readonly bytes: Uint8Array };
  readonly component: { readonly id: string; readonly version: string; readonly bytes: Uint8Array };
}

/** A source and all that it needs. */
export interface OpenDistributorSource extends AsyncDisposable {
  readonly source: DistributorSource;
}

/** What every `DistributorSource` promises, asked of one that has what is expected. */
export function describeDistributorSourceContract(
  name: string,
  open: () => Promise<OpenDistributorSource>,
  { pack, component }: DistributorSourceExpectations,
): void {
  describe(`${name} as a DistributorSource`, () => {
    let opened: OpenDistributorSource;
    let source: DistributorSource;
    beforeAll(async () => {
      opened = await open();
      ({ source } = opened);
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test("hands out the bytes of a pack", async () => {
      expect(new Uint8Array(await source.fetchPack(pack.id, pack.version))).toEqual(
        new Uint8Array(pack.bytes),
      );
    });

    test("hands out the bytes of a component", async () => {
      expect(new Uint8Array(await source.fetchComponent(component.id, component.version))).toEqual(
        new Uint8Array(component.bytes),
      );
    });

    test("says NOT_FOUND of what it does not have", async () => {
      const notFound = { code: "NOT_FOUND" };
      await expect(source.fetchPack("no-such", pack.version)).rejects.toMatchObject(notFound);
      await expect(source.fetchPack(pack.id, "99.0.0")).rejects.toMatchObject(notFound);
      await expect(source.fetchComponent("no-such", component.version)).rejects.toMatchObject(notFound);
      await expect(source.fetchComponent(component.id, "99.0.0")).rejects.toMatchObject(notFound);
    });

    test.each(["", "a b", "../a", "a/b", "a\\b", "a\0b", "ü", "%2e%2e", "a:b"])(
      "refuses %j, which is no id",
      async (bad) => {
        await expect(source.fetchPack(bad, "1.0.0")).rejects.toMatchObject({ code: "INVALID_INPUT" });
        await expect(source.fetchComponent(bad, "1.0.0")).rejects.toMatchObject({ code: "INVALID_INPUT" });
      },
    );

    test.each([".", ".."])("has nothing of the id %j", async (id) => {
      const nothing = {
        code: expect.stringMatching(/^(?:NOT_FOUND|INVALID_INPUT|INVALID_REFERENCE)$/) as string,
      };
      await expect(source.fetchPack(id, "1.0.0")).rejects.toMatchObject(nothing);
      await expect(source.fetchComponent(id, "1.0.0")).rejects.toMatchObject(nothing);
    });

    test("stops when it is told to", async () => {
      const signal = AbortSignal.abort();
      await expect(source.fetchPack(pack.id, pack.version, { signal })).rejects.toMatchObject({
        code: "ABORTED",
      });
    });
  });
}
