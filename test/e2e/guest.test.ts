import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { componentWit } from "@bytecodealliance/jco-transpile/wasm-tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTenantCtx, distributorMessages } from "../../src/index.ts";
import { describeDistributorContract } from "../contracts/distributor-contract.ts";
import { smallComponent } from "../support/artifacts.ts";
import { digestOf } from "../support/cache-files.ts";
import { helloSettings, openHello } from "../support/openapi-requests.ts";
import { rejectionOf } from "../support/thrown.ts";
import { buildDocumented, buildExample, type GuestProject, openGuest, outputOf } from "./support/guest.ts";

const environmentId = "dev";
const tenant = createTenantCtx(environmentId, "tenant-a");
const hello = await openHello();
const held = {
  packId: "hello",
  componentId: "hello",
  version: "1.0.0",
  component: smallComponent,
  ref: `oci://${hello.host}/components/hello:1.0.0`,
  secretRequirements:
    distributorMessages.secretRequirements.parse(helloSettings.packs.hello.secret_requirements) ?? [],
};
const guests = new Map<string, GuestProject>();

beforeAll(async () => {
  const versions = ["1.0.0", "1.1.0"] as const;
  await Promise.all(versions.map(async (version) => guests.set(version, await buildExample(version))));
});

afterAll(async () => {
  await hello.close();
  for (const guest of guests.values()) await guest[Symbol.asyncDispose]();
});

describeDistributorContract(
  "WitDistributorClient in a guest, on a development distributor,",
  async () => openGuest(guests.get("1.1.0")!, hello.url),
  held,
);

test("a guest of 1.0.0 has the calls of 1.0.0, and says of the others that they came later", async () => {
  await using guest = openGuest(guests.get("1.0.0")!, hello.url);
  const { client } = guest;
  const request = { ...held, tenant, environmentId, extra: null };
  const digest = digestOf(held.component);
  expect(await client.resolveComponent(request)).toMatchObject({ status: "ready", digest });
  await client.warmPack(tenant, environmentId, held.packId);
  expect(await client.getPackStatus(tenant, environmentId, held.packId)).toMatchObject({ status: "ready" });
  const { secretRequirements } = await client.getPackStatusV2(tenant, environmentId, held.packId);
  expect(secretRequirements).toEqual(held.secretRequirements);
  for (const call of [() => client.resolveRef(held.ref), () => client.getByDigest(digest)]) {
    const message = expect.stringContaining("came with distributor-api 1.1.0");
    expect(await rejectionOf(call())).toMatchObject({ kind: "wit", message });
  }
});

test("the guest of the documentation prints what its distributor says", async () => {
  await using fresh = await openHello();
  await using guest = await buildDocumented(fresh.url);
  expect(await outputOf(guest)).toBe("pending\n");
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
