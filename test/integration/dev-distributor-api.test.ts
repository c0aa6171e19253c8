import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  ChainedDistributorSource,
  createTenantCtx,
  DevDistributorSource,
  DistClient,
  distributorMessages,
  HttpDistributorClient,
} from "../../src/index.ts";
import { describeDistributorContract } from "../contracts/distributor-contract.ts";
import { describeDistributorSourceContract } from "../contracts/distributor-source-contract.ts";
import { smallComponent } from "../support/artifacts.ts";
import { digestOf } from "../support/cache-files.ts";
import { helloPack, helloSettings, openHello } from "../support/openapi-requests.ts";
import { tempDir } from "../support/temp-dir.ts";

const tenant = createTenantCtx("dev", "tenant-a");
const clientOf = (baseUrl: string, authToken?: string): HttpDistributorClient =>
  new HttpDistributorClient({ baseUrl, environmentId: "dev", tenant, authToken });

const hello = await openHello();
afterAll(() => hello.close());
const held = {
  pack: { id: "hello", version: "1.0.0", bytes: helloPack },
  component: { id: "hello", version: "1.0.0", bytes: smallComponent },
};
const secretRequirements =
  distributorMessages.secretRequirements.parse(helloSettings.packs.hello.secret_requirements) ?? [];
const dispose = (): Promise<void> => Promise.resolve();

describeDistributorContract(
  "HttpDistributorClient on a development distributor",
  () => Promise.resolve({ client: clientOf(hello.url), [Symbol.asyncDispose]: dispose }),
  {
    packId: "hello",
    componentId: "hello",
    version: "1.0.0",
    component: smallComponent,
    ref: `oci://${hello.host}/components/hello:1.0.0`,
    secretRequirements,
  },
);
describeDistributorSourceContract(
  "HttpDistributorClient on a development distributor",
  () => Promise.resolve({ source: clientOf(hello.url), [Symbol.asyncDispose]: dispose }),
  held,
);
describeDistributorSourceContract(
  "DevDistributorSource, flat,",
  () =>
    Promise.resolve({
      source: new DevDistributorSource({ rootDir: hello.root }),
      [Symbol.asyncDispose]: dispose,
    }),
  held,
);
describeDistributorSourceContract(
  "DevDistributorSource, by id and version,",
  () => {
    const source = new DevDistributorSource({ rootDir: hello.root, layout: "byIdAndVersion" });
    return Promise.resolve({ source, [Symbol.asyncDispose]: dispose });
  },
  { pack: { ...held.pack, version: "0.1.0" }, component: { ...held.component, version: "1.1.0-rc.1" } },
);

describeDistributorSourceContract(
  "ChainedDistributorSource over folders and a development distributor",
  () => {
    const folder = new DevDistributorSource({ rootDir: hello.root, layout: "byIdAndVersion" });
    const source = new ChainedDistributorSource([folder, clientOf(hello.url)]);
    return Promise.resolve({ source, [Symbol.asyncDispose]: dispose });
  },
  held,
);

describe("the distributor API of a folder", () => {
  test("a pack is pending until it was warmed, and again when a file of it changes", async () => {
    await using fresh = await openHello();
    const client = clientOf(fresh.url);
    const statusOf = async (): Promise<unknown> => {
      const { status, extra } = await client.getPackStatusV2(tenant, "dev", "hello");
      const raw = await client.getPackStatus(tenant, "dev", "hello");
      expect(raw).toEqual({ status, ...(extra as object) });
      return raw;
    };
    const known = {
      pack_id: "hello",
      version: "1.0.0",
      versions: ["1.0.0", "0.1.0"],
      size_bytes: helloPack.length,
    };
    const part = { component_id: "hello", version: "1.0.0" };
    expect(await statusOf()).toEqual({
      ...known,
      status: "pending",
      digest: null,
      components: [{ ...part, digest: null, status: "pending" }],
    });
    await client.warmPack(tenant, "dev", "hello");
    expect(await statusOf()).toEqual({
      ...known,
      status: "ready",
      digest: digestOf(helloPack),
      components: [{ ...part, digest: digestOf(smallComponent), status: "ready" }],
    });
    await writeFile(join(fresh.root, "components/hello-1.0.0.wasm"), "changed");
    expect(await statusOf()).toMatchObject({ status: "pending", digest: digestOf(helloPack) });
  });

  test("a pack whose component is not there stays pending, and warming it says which", async () => {
    await using fresh = await openHello();
    await rm(join(fresh.root, "components"), { recursive: true });
    const client = clientOf(fresh.url);
    await expect(client.warmPack(tenant, "dev", "hello")).rejects.toMatchObject({ kind: "not_found" });
    expect(await client.getPackStatus(tenant, "dev", "hello")).toMatchObject({
      status: "pending",
      components: [{ component_id: "hello", version: null, status: "missing" }],
    });
  });

  test("what it resolves can be pulled by the pinned reference that it gives", async () => {
    await using dir = await tempDir();
    const request = {
      tenant,
      environmentId: "dev",
      packId: "any",
      componentId: "hello",
      version: "latest",
      extra: null,
    };
    const { artifact, digest } = await clientOf(hello.url).resolveComponent(request);
    const reference = artifact.kind === "oci_reference" ? artifact.reference : "";
    expect(reference).toMatch(/^127\.0\.0\.1:\d+\/components\/hello@sha256:[0-9a-f]{64}$/);
    await using client = new DistClient({ env: {}, cacheDir: dir.path, allowTags: false });
    expect(await client.ensureCached(reference)).toMatchObject({ contentDigest: digest });
    expect(await clientOf(hello.url).resolveRef(reference)).toMatchObject({ digest });
    for (const other of [
      `${hello.host}/components/hello`,
      `localhost:${new URL(hello.url).port}/components/hello:1.0.0`,
      digest,
    ]) {
      expect(await clientOf(hello.url).resolveRef(other)).toMatchObject({ digest });
    }
  });

  test("a component whose id is no name in a registry is had by its digest", async () => {
    await using fresh = await openHello();
    await writeFile(join(fresh.root, "components/Hello-1.0.0.wasm"), "other");
    const request = {
      tenant,
      environmentId: "dev",
      packId: "p",
      componentId: "Hello",
      version: "1.0.0",
      extra: null,
    };
    const resolved = await clientOf(fresh.url).resolveComponent(request);
    expect(resolved.artifact).toEqual({ kind: "distributor_internal", handle: resolved.digest });
    expect(resolved.secretRequirements).toBeUndefined();
    const { bytes } = await clientOf(fresh.url).getByDigest(resolved.digest);
    expect(new TextDecoder().decode(bytes)).toBe("other");
  });

  test.each([
    ["ghcr.io/acme/hello:1.0.0", "not_found"],
    ["components/hello:1.0.0", "not_found"],
    ["repo://hello", "not_found"],
    ["file:///etc/passwd", "not_found"],
    [`sha256:${"0".repeat(64)}`, "not_found"],
    ["oci://", "status"],
    ["", "status"],
  ])("the reference %j is not here", async (ref, kind) => {
    await expect(clientOf(hello.url).resolveRef(ref)).rejects.toMatchObject({ kind });
  });

  test.each([
    ["resolve-component", { tenant: {} }, "tenant.env: "],
    [
      "resolve-component",
      { tenant: { env: "dev", tenant: "a", tenant_id: "../a", attempt: 0 } },
      "tenant.tenant_id: ",
    ],
    ["warm-pack", { pack_id: "hello", tenant_id: "a" }, "environment_id: expected a text, got none"],
    ["warm-pack", { pack_id: "a b", tenant_id: "a", environment_id: "b" }, "pack_id: expected ASCII"],
    ["pack", { pack_id: "hello", version: 1 }, "version: expected a text, got number"],
    ["resolve-ref", { __proto__: { ref: "x" } }, "ref: expected a text, got none"],
    ["resolve-ref", [], "the body is no JSON object"],
  ])("a wrong message to %s is refused: %j", async (path, message, reason) => {
    const response = await fetch(`${hello.url}/distributor-api/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [{ code: "INVALID_INPUT", message: expect.stringContaining(reason) as string }],
    });
  });

  test.each([
    ["tenant_id=a&environment_id=b", "pack_id: expected it once in the query, got it not"],
    [
      "tenant_id=a&environment_id=b&pack_id=x&pack_id=y",
      "pack_id: expected it once in the query, got it more often",
    ],
    ["tenant_id=%00&environment_id=b&pack_id=x", "tenant_id: expected ASCII"],
  ])("a wrong query is refused: %s", async (query, reason) => {
    const response = await fetch(`${hello.url}/distributor-api/pack-status?${query}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(reason);
  });

  test("shows what it has to who shows the token only", async () => {
    await using guarded = await openHello("a-token-for-tests");
    await expect(clientOf(guarded.url).getPackStatus(tenant, "dev", "hello")).rejects.toMatchObject({
      kind: "permission_denied",
      code: "UNAUTHORIZED",
    });
    const client = clientOf(guarded.url, "a-token-for-tests");
    expect(await client.getPackStatus(tenant, "dev", "hello")).toMatchObject({ pack_id: "hello" });
  });
});

test("counts requests and bytes in Prometheus's form", async () => {
  await using fresh = await openHello();
  for (const path of [
    "/v2/components/hello/manifests/1.0.0",
    "/v2/components/hello/manifests/2.0.0",
    "/x",
    "/y",
  ]) {
    await (await fetch(fresh.url + path)).arrayBuffer();
  }
  await (await fetch(`${fresh.url}/x`, { method: "DELETE" })).arrayBuffer();
  const response = await fetch(`${fresh.url}/metrics`);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  const lines = text.split("\n");
  const route = 'route="/v2/{repository}/manifests/{reference}"';
  expect(lines).toEqual(
    expect.arrayContaining([
      "greentic_dist_dev_up 1",
      'greentic_dist_dev_artifacts{kind="component"} 2',
      'greentic_dist_dev_artifacts{kind="pack"} 2',
      `greentic_dist_dev_requests_total{method="GET",${route},status="200"} 1`,
      `greentic_dist_dev_requests_total{method="GET",${route},status="404"} 1`,
      'greentic_dist_dev_requests_total{method="GET",route="other",status="404"} 2',
      'greentic_dist_dev_requests_total{method="other",route="other",status="404"} 1',
      `greentic_dist_dev_request_duration_seconds_bucket{${route},le="+Inf"} 2`,
      `greentic_dist_dev_request_duration_seconds_count{${route}} 2`,
    ]),
  );
  expect(text.endsWith("\n")).toBe(true);
  const name = "[a-z_]+";
  const sample = new RegExp(
    `^${name}(?:\\{${name}="[^"\\\\\\n]*"(?:,${name}="[^"\\\\\\n]*")*\\})? [0-9.e-]+$`,
  );
  const families = lines.filter((line) => line.startsWith("# TYPE")).map((line) => line.split(" ")[2]!);
  expect(lines.filter((line) => line.startsWith("# HELP")).map((line) => line.split(" ")[2]!)).toEqual(
    families,
  );
  for (const line of lines.filter((one) => one !== "" && !one.startsWith("#"))) {
    expect(line).toMatch(sample);
    expect(families.some((family) => line.startsWith(family))).toBe(true);
  }
});
