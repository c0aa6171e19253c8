import { describe, expect, test } from "vitest";
import {
  ChainedDistributorSource,
  createDistributorHost,
  createTenantCtx,
  HttpDistributorClient,
  WitDistributorClient,
} from "../../src/index.ts";
import { describeDistributorContract, type OpenDistributor } from "../contracts/distributor-contract.ts";
import {
  describeDistributorSourceContract,
  type OpenDistributorSource,
} from "../contracts/distributor-source-contract.ts";
import { smallComponent } from "../support/artifacts.ts";
import { type DistributedPack, distributorHandler, resolvedFrom } from "../support/distributor-handler.ts";
import { startServer } from "../support/http-server.ts";

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
      scope: { env: "dev", tenant: "tenant-a", team: "ops" },
      format: "json",
      schema: { type: "object", properties: { some_key: { type: "string" } } },
      examples: ["{}"],
    },
  ],
};
const expected = { ...held, ref: "oci://ghcr.io/acme/hello:1.0.0" };
const tenant = createTenantCtx("dev", "tenant-a");

async function openHttp(): Promise<OpenDistributor & OpenDistributorSource> {
  const server = await startServer(distributorHandler(held));
  const client = new HttpDistributorClient({ baseUrl: server.url, environmentId: "dev", tenant });
  return { client, source: client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function openWit(): Promise<OpenDistributor> {
  const http = await openHttp();
  const host = createDistributorHost(http.client);
  const client = new WitDistributorClient(host["greentic:distributor-api/distributor@1.1.0"]);
  return { client, [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() };
}

async function openChain(): Promise<OpenDistributorSource> {
  const [http, empty] = [await openHttp(), new ChainedDistributorSource([])];
  return { ...http, source: new ChainedDistributorSource([empty, http.source]) };
}

describeDistributorContract("HttpDistributorClient", openHttp, expected);
describeDistributorContract("WitDistributorClient", openWit, expected);
describeDistributorSourceContract("HttpDistributorClient", openHttp, {
  pack: { id: held.packId, version: held.version, bytes: held.pack },
  component: { id: held.componentId, version: held.version, bytes: held.component },
});
describeDistributorSourceContract("ChainedDistributorSource", openChain, {
  pack: { id: held.packId, version: held.version, bytes: held.pack },
  component: { id: held.componentId, version: held.version, bytes: held.component },
});

describe("a component that is not ready", () => {
  test.each([
    ["pending", "component hello 1.0.0 is pending"],
    [{ failed: { reason: "no\u001bsuch layer" } }, "component hello 1.0.0 is failed: no\\u{1b}such layer"],
  ] as const)("is not fetched: %j", async (status, message) => {
    await using server = await startServer(distributorHandler({ ...held, status }));
    const client = new HttpDistributorClient({ baseUrl: server.url, environmentId: "dev", tenant });
    await expect(client.fetchComponent("hello", "1.0.0")).rejects.toMatchObject({
      kind: "other",
      message: `other distributor error: ${message}`,
    });
    expect(server.requests).toHaveLength(1);
  });

  test("keeps its reason over HTTP, and loses it over WIT", async () => {
    const status = { failed: { reason: "no such layer" } };
    await using server = await startServer(distributorHandler({ ...held, status }));
    const http = new HttpDistributorClient({ baseUrl: server.url, environmentId: "dev", tenant });
    const bindings = createDistributorHost(http)["greentic:distributor-api/distributor"];
    const request = { tenant, environmentId: "dev", ...held, extra: null };
    expect(await http.resolveComponent(request)).toEqual({ ...resolvedFrom(held), status });
    expect(await new WitDistributorClient(bindings).resolveComponent(request)).toEqual({
      ...resolvedFrom(held),
      status: { failed: { reason: "failed" } },
    });
  });
});
