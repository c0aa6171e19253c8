import {
  array,
  check,
  custom,
  type GenericSchema,
  getDotPath,
  optional,
  pipe,
  record,
  safeParse,
  strictObject,
  string,
  unknown,
} from "valibot";
import { decodeJson, DistError, isJsonObject, type JsonObject, printable } from "../../core/index.ts";
import { distributorMessages, type SecretRequirement } from "../../distributor/index.ts";
import { isSafeId, isSafeVersion } from "./safe-name.ts";
import type { ArtifactKind } from "./layout.ts";

/** The file in a served folder that says what the artifacts themselves do not. */
export const distributorJson = "distributor.json";

/** What `distributor.json` says of one component or pack. */
export interface ArtifactSettings {
  /** The version that `latest` means. Default: the highest. */
  readonly latest?: string | undefined;
  /** Ids of the components of a pack, which are warmed with it. Default: none. */
  readonly components: readonly string[];
  /** Secrets that it needs. Default: nothing is said of them. */
  readonly secretRequirements: readonly SecretRequirement[] | undefined;
}

/** What it says, by kind and id. */
export type FolderSettings = Readonly<Record<ArtifactKind, ReadonlyMap<string, ArtifactSettings>>>;

const id = pipe(string(), check(isSafeId, "expected ASCII letters, digits, '.', '-' or '_'"));
const version = pipe(string(), check(isSafeVersion, "expected a version, as in 1.0.0"));
const common = { latest: optional(version), secret_requirements: optional(unknown()) };
/** Lists are objects too, to a schema. */
const object = custom<JsonObject>(isJsonObject, "expected an object");
const schema = pipe(
  object,
  strictObject({
    $schema: optional(string()),
    packs: optional(
      pipe(object, record(id, pipe(object, strictObject({ ...common, components: optional(array(id)) })))),
      {},
    ),
    components: optional(pipe(object, record(id, pipe(object, strictObject(common)))), {}),
  }),
);

/** How deep it may be nested: schemas of secrets may stand in it. */
const maxDepth = 128;

/** What an absent file says: nothing. */
export const noSettings: FolderSettings = { component: new Map(), pack: new Map() };

/**
 * What the bytes of `distributor.json` say.
 * @param path names the file in errors
 * @throws {DistError} INVALID_CONFIG that names the file and the field
 */
export function parseDistributorJson(bytes: Uint8Array, path: string): FolderSettings {
  const refuse = (reason: string): DistError<"INVALID_CONFIG"> => invalidDistributorJson(path, reason);
  const decoded = decodeJson(bytes, { maxDepth });
  if ("flaw" in decoded) throw refuse(`it ${decoded.flaw}`);
  const { packs, components } = checked(schema, decoded.value, refuse);
  const secretsOf = (kind: string, name: string, wire: unknown) =>
    distributorMessages.secretRequirements.parse(wire, (reason) =>
      refuse(`${kind}.${name}.secret_requirements: ${reason}`),
    );
  return {
    component: new Map(
      Object.entries(components).map(([name, { latest, secret_requirements: secrets }]) => [
        name,
        { latest, components: [], secretRequirements: secretsOf("components", name, secrets) },
      ]),
    ),
    pack: new Map(
      Object.entries(packs).map(
        ([name, { latest, components: parts = [], secret_requirements: secrets }]) => [
          name,
          { latest, components: parts, secretRequirements: secretsOf("packs", name, secrets) },
        ],
      ),
    ),
  };
}

function checked<T>(shape: GenericSchema<unknown, T>, value: unknown, refuse: (reason: string) => Error): T {
  const result = safeParse(shape, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = getDotPath(issue);
  throw refuse(field === null ? issue.message : `${field}: ${issue.message}`);
}

/** The error for a `distributor.json` that cannot be used. */
export function invalidDistributorJson(path: string, reason: string): DistError<"INVALID_CONFIG"> {
  const shown = printable(path);
  return new DistError(
    "INVALID_CONFIG",
    `\`${shown}\` cannot be used: ${printable(reason)}`,
    { path: shown },
    { hint: "docs/dev.md shows what may stand in it" },
  );
}
