import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { componentWit } from "@bytecodealliance/jco-transpile/wasm-tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTenantCtx } from "../../src/index.ts";
import { describeDistributorContract } from "../contracts/distributor-contract.ts";
import { smallComponent } from "../support/artifacts.ts";
import { digestOf } from "../support/cache-files.ts";
import { type DistributedPack, distributorHandler } from "../support/distributor-handler.ts";
import { startServer, type TestServer } from "../support/http-server.ts";
import { rejectionOf } from "../support/thrown.ts";
import { buildDocumented, buildExample, type GuestProject, openGuest, outputOf } from "./support/guest.ts";

const held: DistributedPack = {
  packId: "acme.hello",
  componentId: "hello",
  version: "1.0.0",
  pack: new TextEncoder().encode("a pack"),
  component: smallComponent,
  secretRequirements: [
    { key: "acme/API_KEY", required: true, examples: [] },
    {
      key: "acme/token",
      required: false,
      description: "for the second half",
      scope: { env: "dev", tenant: "tenant-a" },
      format: "json",
      schema: { type: "object" },
      examples: ["{}"],
    },
  ],
};
const ref = "oci://ghcr.io/acme/hello:1.0.0";
const environmentId = "dev";
const tenant = createTenantCtx(environmentId, "tenant-a");

let server: TestServer;
const guests = new Map<string, GuestProject>();

beforeAll(async () => {
  server = await startServer(distributorHandler(held));
  const versions = ["1.0.0", "1.1.0"] as const;
  await Promise.all(versions.map(async (version) => guests.set(version, await buildExample(version))));
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  for (const guest of guests.values()) await guest[Symbol.asyncDispose]();
});

describeDistributorContract(
  "WitDistributorClient in a guest",
  async () => openGuest(guests.get("1.1.0")!, server.url),
  { ...held, ref },
);

test("a guest of 1.0.0 has the calls of 1.0.0, and says of the others that they came later", async () => {
  await using guest = openGuest(guests.get("1.0.0")!, server.url);
  const { packId } = held;
  const request = { ...held, tenant, environmentId, extra: null };
  const { status, digest } = await guest.client.resolveComponent(request);
  expect({ status, digest }).toEqual({ status: "ready", digest: digestOf(held.component) });
  expect(await guest.client.getPackStatus(tenant, environmentId, packId)).toBeTypeOf("object");
  const { secretRequirements } = await guest.client.getPackStatusV2(tenant, environmentId, packId);
  expect(secretRequirements).toEqual(held.secretRequirements);
  await guest.client.warmPack(tenant, environmentId, packId);
  for (const call of [() => guest.client.resolveRef(ref), () => guest.client.getByDigest(digest)]) {
    const message = expect.stringContaining("came with distributor-api 1.1.0");
    expect(await rejectionOf(call())).toMatchObject({ kind: "wit", message });
  }
});

test("the guest of the documentation prints what its distributor says", async () => {
  await using guest = await buildDocumented(server.url);
  expect(await outputOf(guest)).toBe("ready\n");
});

test("a built guest asks its host for the interface and nothing else", async () => {
  const wit = await componentWit(await readFile(join(guests.get("1.1.0")!.path, "build/guest.wasm")));
  expect(wit.match(/(?<=import )[^;]+/g)).toEqual([
    "greentic:secrets-types/types@1.0.0",
    "greentic:distributor-api/distributor@1.1.0",
  ]);
});

test("the client in a guest is written for engines that know no properties of Unicode, jco's default one too", async () => {
  const bundle = await readFile(join(guests.get("1.1.0")!.path, "build/guest.bundle.js"), "utf8");
  expect(bundle).toContain("WitDistributorClient");
  expect(bundle).not.toMatch(/\\p\{/i);
});
