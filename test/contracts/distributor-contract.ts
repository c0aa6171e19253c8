import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isDistError } from "../../src/core/index.ts";
import { createTenantCtx, type DistributorClient, type SecretRequirement } from "../../src/index.ts";
import { digestOf } from "../support/cache-files.ts";

/** What the distributor behind a client has. */
export interface DistributorExpectations {
  readonly packId: string;
  readonly componentId: string;
  readonly version: string;
  readonly component: Uint8Array;
  /** A reference that means the component, for `resolveRef`. */
  readonly ref: string;
  readonly secretRequirements: readonly SecretRequirement[];
  /** Default: `dev`. */
  readonly environmentId?: string | undefined;
  /** Whether what is not there is told as NOT_FOUND; in WIT there are no errors. Default: true. */
  readonly tellsErrors?: boolean | undefined;
}

/** A client and all that it needs. */
export interface OpenDistributor extends AsyncDisposable {
  readonly client: DistributorClient;
}

/** What every `DistributorClient` promises, asked of one whose distributor has what is expected. */
export function describeDistributorContract(
  name: string,
  open: () => Promise<OpenDistributor>,
  expected: DistributorExpectations,
): void {
  describe(`${name} as a DistributorClient`, () => {
    const { packId, componentId, version, environmentId = "dev", tellsErrors = true } = expected;
    const tenant = createTenantCtx(environmentId, "tenant-a");
    const request = { tenant, environmentId, packId, componentId, version, extra: { note: ["x", null] } };
    const digest = digestOf(expected.component);
    const required = expected.secretRequirements;
    let opened: OpenDistributor;
    let client: DistributorClient;
    beforeAll(async () => {
      opened = await open();
      ({ client } = opened);
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test("resolves a component to the digest of its bytes", async () => {
      const response = await client.resolveComponent(request);
      expect(response).toMatchObject({ status: "ready", digest });
      expect(response.cache.sizeBytes).toBe(expected.component.length);
      expect(Number.isNaN(Date.parse(response.cache.lastUsedUtc))).toBe(false);
      expect(response.secretRequirements ?? []).toEqual(required);
    });

    test("tells the status of a pack as JSON", async () => {
      expect(await client.getPackStatus(tenant, environmentId, packId)).toBeTypeOf("object");
    });

    test("tells the status of a pack, and the secrets that it needs", async () => {
      const { status, secretRequirements } = await client.getPackStatusV2(tenant, environmentId, packId);
      expect(status).not.toBe("");
      expect(secretRequirements ?? []).toEqual(required);
    });

    test("warms a pack, more than once", async () => {
      await expect(client.warmPack(tenant, environmentId, packId)).resolves.toBeUndefined();
      await expect(client.warmPack(tenant, environmentId, packId)).resolves.toBeUndefined();
    });

    test("resolves a reference to the same digest", async () => {
      const { digest: resolved, metadata } = await client.resolveRef(expected.ref);
      expect(resolved).toBe(digest);
      expect(metadata.status).toBe("ready");
    });

    test("hands out the bytes of a digest", async () => {
      const source = await client.getByDigest(digest);
      if (source.kind !== "bytes") throw new Error(`expected bytes, got the path ${source.path}`);
      expect(new Uint8Array(source.bytes)).toEqual(new Uint8Array(expected.component));
    });

    test("answers many calls at once", async () => {
      const calls = Array.from({ length: 20 }, () => client.resolveComponent(request));
      for (const response of await Promise.all(calls)) expect(response.digest).toBe(digest);
    });

    test.each(["", "a b", "a/b", "ü", "a\0"])("asks for no pack of the id %j", async (bad) => {
      await expect(client.getPackStatus(tenant, environmentId, bad)).rejects.toMatchObject({
        code: "INVALID_INPUT",
      });
      await expect(client.resolveComponent({ ...request, componentId: bad })).rejects.toMatchObject({
        code: "INVALID_INPUT",
      });
    });

    test.skipIf(!tellsErrors).for([
      ["a component", () => client.resolveComponent({ ...request, componentId: "no-such" })],
      ["a version", () => client.resolveComponent({ ...request, version: "99.0.0" })],
      ["the status of a pack", () => client.getPackStatus(tenant, environmentId, "no-such")],
      ["the second status of a pack", () => client.getPackStatusV2(tenant, environmentId, "no-such")],
      ["a pack to warm", () => client.warmPack(tenant, environmentId, "no-such")],
      ["a digest", () => client.getByDigest(`sha256:${"0".repeat(64)}`)],
    ] as const)("says of %s that it is not there", async ([, call]) => {
      const error: unknown = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(isDistError(error, "NOT_FOUND")).toBe(true);
    });
  });
}
