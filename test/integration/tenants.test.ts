import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { requireToken } from "../support/registry-auth.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";
import { rejectionOf } from "../support/thrown.ts";

const basic = (text: string): object => ({ auth: Buffer.from(text).toString("base64") });

/** The registry plays ghcr.io: what is for that host goes to it. */
async function setUp(logins: object) {
  const login = { user: "acme", password: "tenant-token" };
  const asGhcr = requireToken({ realmPath: "/token", service: "ghcr.io", ...login });
  const registry = await startRegistry({ wrap: asGhcr });
  const { contentDigest } = pushComponent(registry, {
    repository: "greentic-biz/tools/hello",
    tag: "1.0",
    wasm: smallComponent,
  });
  const dir = await tempDir();
  await mkdir(join(dir.path, "greentic", "dist"), { recursive: true });
  await writeFile(join(dir.path, "greentic", "dist", "auth.json"), JSON.stringify(logins));
  const cache = openClient(join(dir.path, "cache"), {
    env: { XDG_CONFIG_HOME: dir.path },
    fetch: async (input, init) => {
      const url = String(input instanceof Request ? input.url : input).replace(
        "https://ghcr.io",
        registry.url,
      );
      const response = await fetch(url, init);
      const challenge = response.headers.get("www-authenticate");
      if (challenge === null) return response;
      const headers = { "www-authenticate": challenge.replace(registry.url, "https://ghcr.io") };
      return new Response(response.body, { status: response.status, headers });
    },
  });
  return {
    registry,
    contentDigest,
    cache,
    async [Symbol.asyncDispose]() {
      await cache[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

const logins = {
  auths: { "ghcr.io": basic("ada:other") },
  tenants: { acme: basic("acme:tenant-token"), wrong: basic("wrong:x") },
};

test("store://greentic-biz/<tenant>/… is opened by that tenant's saved login, before any other", async () => {
  await using setup = await setUp(logins);
  const { contentDigest } = await setup.cache.client.ensureCached(
    "store://greentic-biz/acme/tools/hello:1.0",
  );
  expect(contentDigest).toBe(setup.contentDigest);
  const tokens = setup.registry.requests.filter(({ path }) => path.startsWith("/token"));
  expect(tokens.map(({ status }) => status)).toEqual([200]);
});

test.each(["wrong", "nobody", "__proto__", "constructor"])(
  "tenant %s does not get in by the login of another",
  async (tenant) => {
    await using setup = await setUp(logins);
    const error = await rejectionOf(
      setup.cache.client.ensureCached(`store://greentic-biz/${tenant}/tools/hello:1.0`),
    );
    expect(error).toMatchObject({
      code: "UNAUTHORIZED",
      hint: expect.stringContaining(`\`greentic-dist auth login ${tenant}\``),
    });
    expect(error.message).toContain(`tenant ${tenant}`);
    expect(error.message).not.toContain("tenant-token");
  },
);

test("the same artifact by its OCI name does not use a tenant's login", async () => {
  await using setup = await setUp(logins);
  const reference = "ghcr.io/greentic-biz/tools/hello:1.0";
  await expect(setup.cache.client.ensureCached(reference)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});
