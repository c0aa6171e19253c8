/** A JSON Schema (2020-12), as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;

/** The names that the OpenAPI document gives to the messages. */
export type SchemaName =
  | "Errors"
  | "Health"
  | "SecretRequirement"
  | "TenantCtx"
  | "ResolveComponentRequest"
  | "ResolveComponentResponse"
  | "ResolveRefRequest"
  | "ResolveRefResponse"
  | "PackStatus"
  | "PackStatusV2"
  | "WarmPackRequest"
  | "PackRequest"
  | "TagList"
  | "RepositoryList"
  | "Manifest"
  | "Index";

const text: Schema = { type: "string" };
const size: Schema = { type: "integer", minimum: 0 };
const any: Schema = { description: "any JSON" };
const digest: Schema = { type: "string", pattern: "^sha256:[0-9a-f]{64}$" };
const id: Schema = { type: "string", pattern: "^[A-Za-z0-9._-]+$" };
const ref = (name: SchemaName): Schema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: Schema): Schema => ({ type: "array", items });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });

/** An object; what is not in `optional` must be there. */
function object(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return { type: "object", properties: { ...required, ...optional }, required: Object.keys(required) };
}

const packFields = {
  pack_id: id,
  version: text,
  versions: listOf(text),
  digest: { ...orNull(digest), description: "null until the pack was read once" },
  size_bytes: size,
  components: listOf(
    object({
      component_id: id,
      version: orNull(text),
      digest: orNull(digest),
      status: { enum: ["pending", "ready", "missing"] },
    }),
  ),
};
const packStatus: Schema = {
  enum: ["pending", "ready"],
  description: "ready: the pack and its components were read once, and their digests are known",
};

const metadataFields: Readonly<Record<string, Schema>> = {
  status: {
    anyOf: [{ enum: ["pending", "ready"] }, object({ failed: object({ reason: text }) })],
  },
  artifact: {
    oneOf: [
      object({ kind: { const: "file_path" }, path: text }),
      object({ kind: { const: "oci_reference" }, reference: text }),
      object({ kind: { const: "distributor_internal" }, handle: text }),
    ],
  },
  signature: object({ verified: { type: "boolean" }, signer: text, extra: any }),
  cache: object({
    size_bytes: size,
    last_used_utc: { type: "string", format: "date-time" },
    last_refreshed_utc: { type: "string", format: "date-time" },
  }),
};
const secretsField: Readonly<Record<string, Schema>> = {
  secret_requirements: {
    ...listOf(ref("SecretRequirement")),
    description:
      "absent where distributor.json says nothing; `greentic-secrets init --pack PACK_ID` meets them",
  },
};

const packQuery = { tenant_id: id, environment_id: id, pack_id: id };

/** The messages of the development distributor. */
export const schemas: Readonly<Record<SchemaName, Schema>> = {
  Errors: object({ errors: listOf(object({ code: text, message: text })) }),
  Health: object({ status: { const: "ok" } }),
  SecretRequirement: object(
    {
      key: { type: "string", pattern: "^(?!/)(?!(.*/)?\\.\\.(/|$))[A-Za-z0-9._/-]+$" },
      required: { type: "boolean" },
      examples: listOf(text),
    },
    {
      description: text,
      scope: object({ env: text, tenant: text }, { team: text }),
      format: { enum: ["bytes", "text", "json"] },
      schema: any,
    },
  ),
  TenantCtx: object(
    { env: id, tenant: id, tenant_id: id, attempt: { type: "integer", minimum: 0, maximum: 4294967295 } },
    { team: id, team_id: id, user: id, user_id: id, session_id: text, trace_id: text, correlation_id: text },
  ),
  ResolveComponentRequest: object(
    {
      tenant: ref("TenantCtx"),
      environment_id: id,
      pack_id: id,
      component_id: id,
      version: { ...text, description: "`latest` means the highest" },
    },
    { extra: any },
  ),
  ResolveComponentResponse: object({ ...metadataFields, digest }, secretsField),
  ResolveRefRequest: object({
    ref: {
      ...text,
      description: "a reference to the registry here, as HOST/components/ID:VERSION, or a digest",
    },
  }),
  ResolveRefResponse: object({ digest, metadata: object(metadataFields, secretsField) }),
  PackStatus: object({ status: packStatus, ...packFields }),
  PackStatusV2: object({ status: packStatus, extra: object(packFields) }, secretsField),
  WarmPackRequest: object(packQuery),
  PackRequest: object({ pack_id: id, version: { ...text, description: "`latest` means the highest" } }),
  TagList: object({ name: text, tags: listOf(text) }),
  RepositoryList: object({ repositories: listOf(text) }),
  Manifest: object({ schemaVersion: { const: 2 }, mediaType: text, config: any, layers: listOf(any) }),
  Index: object({ schemaVersion: { const: 2 }, mediaType: text, manifests: listOf(any) }),
};
