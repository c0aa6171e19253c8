import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import { distributorMessages, type WireForm } from "./distributor-messages.ts";
import type {
  ResolveComponentRequest,
  ResolveComponentResponse,
  ResolveRefMetadata,
} from "./resolved-component.ts";
import type { SecretRequirement } from "./secret-requirement.ts";
import type { TenantCtx } from "./tenant-ctx.ts";

const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
const key = fc
  .stringMatching(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9_-]+){0,2}$/)
  .filter((text) => !/^\.\.(\/|$)/.test(text));
const text = fc.string({ unit: "binary" });
// What JSON keeps: it has no -0.
const extra = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
/** A field that may be absent. */
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const name = fc.stringMatching(/^[a-z_]{1,8}$/).filter((word) => !(word in {}));

const tenant: fc.Arbitrary<TenantCtx> = fc.record(
  {
    env: id,
    tenant: id,
    tenantId: id,
    attempt: fc.integer({ min: 0, max: 0xffff_ffff }),
    team: some(id),
    teamId: some(id),
    user: some(id),
    userId: some(id),
    sessionId: some(text),
    flowId: some(text),
    nodeId: some(text),
    providerId: some(text),
    traceId: some(text),
    i18nId: some(text),
    correlationId: some(text),
    attributes: some(fc.dictionary(name, text, { noNullPrototype: true })),
    deadline: some(fc.record({ unixMillis: fc.maxSafeInteger() })),
    idempotencyKey: some(text),
    impersonation: some(fc.record({ actorId: id, reason: some(text) })),
  },
  { requiredKeys: ["env", "tenant", "tenantId", "attempt"] },
);

const request: fc.Arbitrary<ResolveComponentRequest> = fc.record({
  tenant,
  environmentId: id,
  packId: id,
  componentId: id,
  version: text,
  extra,
});

const secret: fc.Arbitrary<SecretRequirement> = fc.record({
  key,
  required: fc.boolean(),
  description: some(text),
  scope: some(fc.record({ env: text, tenant: text, team: some(text) })),
  format: some(fc.constantFrom("bytes", "text", "json")),
  schema: some(extra.filter((value) => value !== null)),
  examples: fc.array(text, { maxLength: 3 }),
});

const metadata: fc.Arbitrary<ResolveRefMetadata> = fc.record({
  status: fc.oneof(
    fc.constantFrom("pending" as const, "ready" as const),
    fc.record({ failed: fc.record({ reason: text }) }),
  ),
  artifact: fc.oneof(
    fc.record({ kind: fc.constant("file_path" as const), path: text }),
    fc.record({ kind: fc.constant("oci_reference" as const), reference: text }),
    fc.record({ kind: fc.constant("distributor_internal" as const), handle: text }),
  ),
  signature: fc.record({ verified: fc.boolean(), signer: text, extra }),
  cache: fc.record({ sizeBytes: fc.maxSafeNat(), lastUsedUtc: text, lastRefreshedUtc: text }),
  secretRequirements: some(fc.array(secret, { maxLength: 3 })),
});

const response: fc.Arbitrary<ResolveComponentResponse> = fc
  .tuple(metadata, text)
  .map(([rest, digest]) => Object.assign({ digest }, rest));

/** A message that is not what it was after it was printed and read, if there is one. */
function changed<T>({ parse: read, print }: WireForm<T>, values: fc.Arbitrary<T>): unknown {
  const isKept = (value: T): void => {
    expect(read(JSON.parse(JSON.stringify(print(value))))).toEqual(value);
  };
  return fc.check(fc.property(values, isKept)).counterexample;
}

describe("what is printed is read back as it was", () => {
  const messages = distributorMessages;
  test("resolveComponentRequest", () => {
    expect(changed(messages.resolveComponentRequest, request)).toBeNull();
  });

  test("resolveComponentResponse", () => {
    expect(changed(messages.resolveComponentResponse, response)).toBeNull();
  });

  test("resolveRefResponse", () => {
    expect(changed(messages.resolveRefResponse, fc.record({ digest: text, metadata }))).toBeNull();
  });

  test("packStatusResponse", () => {
    const status = fc.record({ status: text, secretRequirements: some(fc.array(secret)), extra });
    expect(changed(messages.packStatusResponse, status)).toBeNull();
  });
});

test("names are in snake_case in JSON, but for what is not ours", () => {
  const printed = distributorMessages.resolveComponentRequest.print({
    tenant: {
      env: "dev",
      tenant: "a",
      tenantId: "a",
      attempt: 1,
      i18nId: "de",
      idempotencyKey: "k",
      attributes: { someKey: "v" },
      impersonation: { actorId: "b" },
    },
    environmentId: "env-1",
    packId: "p",
    componentId: "c",
    version: "1",
    extra: { someKey: { innerKey: 1 } },
  });
  expect(printed).toEqual({
    tenant: {
      env: "dev",
      tenant: "a",
      tenant_id: "a",
      attempt: 1,
      i18n_id: "de",
      idempotency_key: "k",
      attributes: { someKey: "v" },
      impersonation: { actor_id: "b" },
    },
    environment_id: "env-1",
    pack_id: "p",
    component_id: "c",
    version: "1",
    extra: { someKey: { innerKey: 1 } },
  });
});

const wire = {
  status: "ready",
  digest: "sha256:abc",
  artifact: { kind: "file_path", path: "/a" },
  signature: { verified: true, signer: "", extra: null },
  cache: { size_bytes: 1, last_used_utc: "", last_refreshed_utc: "" },
  secret_requirements: [{ key: "K" }],
};
const parse = distributorMessages.resolveComponentResponse.parse;

describe("what may be missing", () => {
  test("has its default, or is undefined", () => {
    const { secret_requirements: _, ...rest } = wire;
    expect(parse(wire).secretRequirements).toEqual([{ key: "K", required: true, examples: [] }]);
    expect("secretRequirements" in parse(rest)).toBe(false);
    expect(parse({ ...wire, secret_requirements: null }).secretRequirements).toBeUndefined();
    expect(parse({ ...wire, secret_requirements: [] }).secretRequirements).toEqual([]);
    expect(parse({ ...wire, signature: { verified: true, signer: "" } }).signature.extra).toBeNull();
  });

  test("may be more than is known", () => {
    const more: unknown = JSON.parse(JSON.stringify({ ...wire, new_field: { a: 1 } }));
    expect(parse(more)).toEqual(parse(wire));
  });
});

describe("what arrives from a server that means ill", () => {
  test("reaches no prototype", () => {
    const hostile = JSON.stringify(wire).replace(
      "{",
      '{"__proto__":{"polluted":1},"constructor":{"polluted":1},',
    );
    const value = parse(JSON.parse(hostile));
    expect(value).toEqual(parse(wire));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect("polluted" in {}).toBe(false);
    const asked = JSON.parse(
      '{"tenant":{"env":"a","tenant":"a","tenant_id":"a","attempt":0,"attributes":{"__proto__":"x","k":"v"}},"environment_id":"e","pack_id":"p","component_id":"c","version":"1"}',
    ) as unknown;
    const { attributes } = distributorMessages.resolveComponentRequest.parse(asked).tenant;
    expect(attributes).toEqual({ k: "v" });
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
  });

  test.each([
    ["status", { ...wire, status: "gone" }],
    ["status", { ...wire, status: { failed: "why" } }],
    ["digest", { ...wire, digest: 1 }],
    ["artifact", { ...wire, artifact: "x" }],
    ["artifact.kind", { ...wire, artifact: { kind: "ftp", path: "x" } }],
    ["artifact.reference", { ...wire, artifact: { kind: "oci_reference", path: "x" } }],
    ["signature.verified", { ...wire, signature: { verified: "true", signer: "" } }],
    ["signature.signer", { ...wire, signature: { verified: true } }],
    ["cache", { ...wire, cache: "" }],
    ["cache.size_bytes", { ...wire, cache: { ...wire.cache, size_bytes: -1 } }],
    ["cache.size_bytes", { ...wire, cache: { ...wire.cache, size_bytes: 1.5 } }],
    ["cache.size_bytes", { ...wire, cache: { ...wire.cache, size_bytes: 2 ** 53 } }],
    ["cache.size_bytes", { ...wire, cache: { ...wire.cache, size_bytes: "1" } }],
    ["cache.last_used_utc", { ...wire, cache: { size_bytes: 1, last_refreshed_utc: "" } }],
    ["secret_requirements", { ...wire, secret_requirements: {} }],
    ["secret_requirements.1.key", { ...wire, secret_requirements: [{ key: "a" }, { key: "/a" }] }],
    ["secret_requirements.0.required", { ...wire, secret_requirements: [{ key: "a", required: 1 }] }],
    ["secret_requirements.0.format", { ...wire, secret_requirements: [{ key: "a", format: "xml" }] }],
    [
      "secret_requirements.0.scope.env",
      { ...wire, secret_requirements: [{ key: "a", scope: { tenant: "" } }] },
    ],
    ["secret_requirements.0.examples.1", { ...wire, secret_requirements: [{ key: "a", examples: ["", 1] }] }],
  ])("is refused by the name of its field: %s", (field, value) => {
    const error = thrownBy(() => parse(value));
    expect(error.code).toBe("INVALID_INPUT");
    expect(error.message).toContain(`not a message of the distributor API: ${field}: `);
  });

  test.each([null, [], "x", 1, true, undefined])("is refused when it is no object: %j", (value) => {
    expect(thrownBy(() => parse(value)).code).toBe("INVALID_INPUT");
  });

  test("is a value or a DistError, whatever it is", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        expect(thrownBy(() => parse(value)).code).toBe("INVALID_INPUT");
      }),
    );
  });
});
