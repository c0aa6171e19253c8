import { describe, expect, test } from "vitest";
import { isDistributorId, isSecretKey } from "./identifier.ts";
import { createTenantCtx } from "./tenant-ctx.ts";

const letters = "abcXYZ019";

describe("an id", () => {
  test.each([letters, "a", "0", ".", "..", "-", "_", "dev.local.hello-flow", "A_b-C.9", "x".repeat(1000)])(
    "can be %j",
    (id) => {
      expect(isDistributorId(id)).toBe(true);
    },
  );

  test.each(["", " ", "a b", "a/b", "a\\b", "a:b", "a@b", "a+b", "a\n", "\na", "a\0", "é", "а", "１", "%2e"])(
    "cannot be %j",
    (id) => {
      expect(isDistributorId(id)).toBe(false);
    },
  );
});

describe("the key of a secret", () => {
  test.each([letters, "a/b", "a/b/", "a//b", ".", "a/.b", "a/...", "..a", "a..b", "TEST_API_KEY", "-/_"])(
    "can be %j",
    (key) => {
      expect(isSecretKey(key)).toBe(true);
    },
  );

  test.each(["", "/", "/a", "..", "../a", "a/..", "a/../b", "a b", "a:b", "a\\b", "a\n", "é", "a%2fb"])(
    "cannot be %j",
    (key) => {
      expect(isSecretKey(key)).toBe(false);
    },
  );
});

describe("the context of a tenant", () => {
  test("is made of environment and tenant", () => {
    expect(createTenantCtx("prod", "tenant-a")).toEqual({
      env: "prod",
      tenant: "tenant-a",
      tenantId: "tenant-a",
      attempt: 0,
    });
    expect(createTenantCtx("prod", "a", { tenantId: "b", attempt: 3 })).toMatchObject({
      tenantId: "b",
      attempt: 3,
    });
  });

  test.each([
    ["env", () => createTenantCtx("", "a")],
    ["tenant", () => createTenantCtx("dev", "a/b")],
    ["tenant_id", () => createTenantCtx("dev", "a", { tenantId: "" })],
    ["team", () => createTenantCtx("dev", "a", { team: "é" })],
    ["user_id", () => createTenantCtx("dev", "a", { userId: " " })],
    ["attempt", () => createTenantCtx("dev", "a", { attempt: -1 })],
    ["attempt", () => createTenantCtx("dev", "a", { attempt: 2 ** 32 })],
    ["attempt", () => createTenantCtx("dev", "a", { attempt: 0.5 })],
    ["deadline.unix_millis", () => createTenantCtx("dev", "a", { deadline: { unixMillis: Number.NaN } })],
    ["impersonation.actor_id", () => createTenantCtx("dev", "a", { impersonation: { actorId: "" } })],
  ])("cannot have a bad %s", (field, create) => {
    expect(create).toThrow(
      expect.objectContaining({
        code: "INVALID_INPUT",
        message: expect.stringContaining(`not a tenant: ${field}: `) as string,
      }) as Error,
    );
  });
});
