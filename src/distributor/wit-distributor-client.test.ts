import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../test/support/thrown.ts";
import type {
  DistributorApiBindings,
  WitResolveComponentRequest,
  WitResolveComponentResponse,
} from "./distributor-api-bindings.ts";
import { createDistributorHost } from "./distributor-host.ts";
import { DistributorError } from "./distributor-error.ts";
import { createTenantCtx } from "./tenant-ctx.ts";
import { WitDistributorClient } from "./wit-distributor-client.ts";

const tenant = createTenantCtx("dev", "tenant-a", { tenantId: "tenant-id" });
const request = {
  tenant,
  environmentId: "env-1",
  packId: "p",
  componentId: "c",
  version: "1",
  extra: { a: 1 },
};
const ready: WitResolveComponentResponse = {
  componentStatus: "ready",
  digest: "sha256:abc",
  artifactLocation: { kind: "oci", value: "ghcr.io/acme/hello:1" },
  signatureSummary: { verified: false, signer: "", extra: "" },
  cacheInfo: { sizeBytes: 0n, lastUsedUtc: "", lastRefreshedUtc: "" },
  secretRequirements: [],
};
const old: DistributorApiBindings = {
  resolveComponent: () => ready,
  getPackStatus: () => "{}",
  getPackStatusV2: () => ({ status: "", secretRequirements: [], extra: "" }),
  warmPack: () => undefined,
};

const clientOf = (bindings: Partial<DistributorApiBindings>): WitDistributorClient =>
  new WitDistributorClient({ ...old, ...bindings });
const resolve = (
  record: Partial<WitResolveComponentResponse>,
): ReturnType<WitDistributorClient["resolveComponent"]> =>
  clientOf({ resolveComponent: () => ({ ...ready, ...record }) }).resolveComponent(request);

test("a request is the record that WIT has for it", async () => {
  const asked: WitResolveComponentRequest[] = [];
  const client = clientOf({
    resolveComponent: (record) => {
      asked.push(record);
      return ready;
    },
  });
  await client.resolveComponent(request);
  expect(asked).toEqual([
    {
      tenantId: "tenant-id",
      environmentId: "env-1",
      packId: "p",
      componentId: "c",
      version: "1",
      extra: '{"a":1}',
    },
  ]);
});

test.each([
  ["file", { kind: "file_path", path: "x" }],
  ["file_path", { kind: "file_path", path: "x" }],
  ["oci", { kind: "oci_reference", reference: "x" }],
  ["oci_reference", { kind: "oci_reference", reference: "x" }],
  ["internal", { kind: "distributor_internal", handle: "x" }],
  ["anything", { kind: "distributor_internal", handle: "x" }],
])("a location of the kind %s", async (kind, artifact) => {
  expect((await resolve({ artifactLocation: { kind, value: "x" } })).artifact).toEqual(artifact);
});

test("a component that failed has no other reason", async () => {
  expect((await resolve({ componentStatus: "failed" })).status).toEqual({ failed: { reason: "failed" } });
  expect((await resolve({ componentStatus: "pending" })).status).toBe("pending");
});

describe("a record that cannot be meant", () => {
  test.each([
    ["cache.size_bytes", { cacheInfo: { ...ready.cacheInfo, sizeBytes: 2n ** 64n - 1n } }],
    ["secret_requirements.0.key", { secretRequirements: [{ key: "/a", required: true, examples: [] }] }],
  ])("is an invalid response by the name of its field: %s", async (field, record) => {
    await expect(resolve(record)).rejects.toMatchObject({
      kind: "invalid_response",
      message: expect.stringContaining(`invalid response: ${field}: `) as string,
    });
  });

  test("is a serialization error where its JSON is none", async () => {
    const signatureSummary = { ...ready.signatureSummary, extra: "{" };
    await expect(resolve({ signatureSummary })).rejects.toMatchObject({ kind: "serialization" });
    const schema = [{ key: "a", required: true, schema: "<", examples: [] }];
    await expect(resolve({ secretRequirements: schema })).rejects.toMatchObject({ kind: "serialization" });
    await expect(
      clientOf({ getPackStatus: () => "[".repeat(1000) }).getPackStatus(tenant, "e", "p"),
    ).rejects.toMatchObject({ kind: "serialization" });
  });
});

test("what a host throws is an error of the distributor, and one of those is kept", async () => {
  const notFound = new DistributorError("not_found", "x", { details: {} });
  let thrown: unknown;
  const client = clientOf({
    warmPack: async () => {
      throw thrown;
    },
  });
  const errors: unknown[] = [];
  for (thrown of [new Error("trap"), "a text", notFound]) {
    errors.push(await rejectionOf(client.warmPack(tenant, "e", "p")));
  }
  expect(errors).toMatchObject([{ message: "wit error: trap" }, { message: "wit error: a text" }, {}]);
  expect(errors[0]).toMatchObject({ kind: "wit", cause: new Error("trap") });
  expect(errors[2]).toBe(notFound);
});

test("bindings of 1.0.0 lack what came later, and say so", async () => {
  const rest = "it came with distributor-api 1.1.0";
  await expect(clientOf({}).resolveRef("x")).rejects.toMatchObject({
    kind: "wit",
    message: `wit error: the bindings have no resolve-ref: ${rest}`,
  });
  await expect(clientOf({}).getByDigest("x")).rejects.toMatchObject({
    kind: "wit",
    message: `wit error: the bindings have no get-by-digest: ${rest}`,
  });
});

test("an artifact is bytes or a path", async () => {
  const bytes = new Uint8Array([1]);
  const client = clientOf({
    getByDigest: (digest) => (digest === "a" ? { tag: "bytes", val: bytes } : { tag: "path", val: "/a" }),
  });
  expect(await client.getByDigest("a")).toEqual({ kind: "bytes", bytes });
  expect(await client.getByDigest("b")).toEqual({ kind: "path", path: "/a" });
});

test("a host serves only those tenants that it is told to", async () => {
  const host = createDistributorHost(clientOf({}), {
    tenantOf: (tenantId, environmentId) => {
      if (tenantId !== "tenant-id") throw new TypeError(`not for ${tenantId}`);
      return createTenantCtx(environmentId, tenantId);
    },
  })["greentic:distributor-api/distributor@1.0.0"];
  expect(await host.getPackStatus("tenant-id", "dev", "p")).toBe("{}");
  await expect(host.getPackStatus("other", "dev", "p")).rejects.toThrow("not for other");
  await expect(host.warmPack("other", "dev", "p")).rejects.toThrow("not for other");
});
