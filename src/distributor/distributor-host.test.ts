import { expect, test } from "vitest";
import { DistError } from "../core/index.ts";
import type { DistributorClient } from "./distributor-client.ts";
import {
  createDistributorHost,
  type DistributorApiAnswers,
  type DistributorHostOptions,
} from "./distributor-host.ts";
import { createTenantCtx } from "./tenant-ctx.ts";
import { WitDistributorClient } from "./wit-distributor-client.ts";

const tenant = createTenantCtx("dev", "acme");
const requirement = { key: "acme/token", required: true, examples: [] };
const metadata = {
  status: "ready",
  artifact: { kind: "oci_reference", reference: "ghcr.io/acme/hello:1" },
  signature: { verified: false, signer: "", extra: null },
  cache: { sizeBytes: 7, lastUsedUtc: "", lastRefreshedUtc: "" },
  secretRequirements: [requirement],
} as const;

/** A distributor that knows one reference, and fails otherwise. */
const distributor: DistributorClient = {
  resolveComponent: () => Promise.reject(new DistError("NOT_FOUND", "no component", {})),
  getPackStatus: () => Promise.reject(new DistError("NOT_FOUND", "no status", {})),
  getPackStatusV2: () => Promise.reject(new DistError("NOT_FOUND", "no second status", {})),
  warmPack: () => Promise.reject(new DistError("NOT_FOUND", "nothing to warm", {})),
  resolveRef: () => Promise.resolve({ digest: "sha256:00", metadata }),
  getByDigest: () => Promise.reject(new DistError("NOT_FOUND", "no digest", {})),
};

function tenantOf(tenantId: string): typeof tenant {
  if (tenantId === "acme") return tenant;
  throw new DistError("FORBIDDEN", `tenant ${tenantId} is not served`, {});
}

function importsOf(options?: DistributorHostOptions): DistributorApiAnswers {
  return createDistributorHost(distributor, options)["greentic:distributor-api/distributor"];
}

test("a failure is told before the call rejects with it", async () => {
  const told: unknown[] = [];
  const imports = importsOf({ onFailure: (error) => told.push(error) });
  const request = {
    tenantId: "a",
    environmentId: "b",
    packId: "c",
    componentId: "d",
    version: "1",
    extra: "",
  };
  const calls = [
    () => imports.resolveComponent(request),
    () => imports.getPackStatus("a", "b", "c"),
    () => imports.getPackStatusV2("a", "b", "c"),
    () => imports.warmPack("a", "b", "c"),
    () => imports.getByDigest("sha256:00"),
  ];
  for (const [index, call] of calls.entries()) {
    const thrown: unknown = await Promise.resolve(call()).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "NOT_FOUND" });
    expect(told[index]).toBe(thrown);
  }
  await imports.resolveRef("oci://x");
  expect(told).toHaveLength(calls.length);
});

test("a host can refuse tenants that it does not serve", async () => {
  const told: unknown[] = [];
  const imports = importsOf({ tenantOf, onFailure: (error) => told.push(error) });
  await expect(imports.getPackStatus("other", "dev", "p")).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(imports.getPackStatus("acme", "dev", "p")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(told).toHaveLength(2);
});

test("a guest understands its host whether what is left out is undefined or null, and sizes are bigints or numbers", async () => {
  const imports = importsOf();
  const said = await imports.resolveRef("oci://x");
  expect(said.metadata.cacheInfo.sizeBytes).toBe(7n);
  const inQuickJs = {
    ...said.metadata,
    cacheInfo: { ...said.metadata.cacheInfo, sizeBytes: 7 },
    secretRequirements: said.metadata.secretRequirements.map((required) => ({
      ...required,
      description: null,
      scope: null,
      format: null,
      schema: null,
    })),
  };
  for (const bindings of [imports, { ...imports, resolveRef: () => ({ ...said, metadata: inQuickJs }) }]) {
    const response = await new WitDistributorClient(bindings).resolveRef("oci://x");
    expect(response).toEqual({ digest: "sha256:00", metadata });
  }
});
