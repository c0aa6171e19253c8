import { boolean, picklist, string } from "valibot";
import { anyJson, type Codec, list, optional, plain, record, withDefault } from "./codec.ts";
import { secretKey } from "./identifier.ts";

/** A secret that a pack or component needs. `greentic-secrets init --pack <pack-id>` meets it. */
export interface SecretRequirement {
  /** See `isSecretKey`. */
  readonly key: string;
  /** Whether it does not run without. Where a server does not say: true. */
  readonly required: boolean;
  readonly description?: string | undefined;
  readonly scope?: SecretScope | undefined;
  readonly format?: "bytes" | "text" | "json" | undefined;
  /** A JSON Schema of the value. */
  readonly schema?: unknown;
  readonly examples: readonly string[];
}

/** For whom a secret is kept. */
export interface SecretScope {
  readonly env: string;
  readonly tenant: string;
  readonly team?: string | undefined;
}

const text = plain(string());

/** {@link SecretRequirement} on the wire. */
const secretRequirement = record<SecretRequirement>({
  key: secretKey,
  required: withDefault(plain(boolean()), true),
  description: optional(text),
  scope: optional(record<SecretScope>({ env: text, tenant: text, team: optional(text) })),
  format: optional(plain(picklist(["bytes", "text", "json"]))),
  schema: optional(anyJson),
  examples: withDefault(list(text), []),
});

/** What a distributor says is needed; `undefined` when it does not say. */
export const secretRequirements: Codec<readonly SecretRequirement[] | undefined> = optional(
  list(secretRequirement),
);
