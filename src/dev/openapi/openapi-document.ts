import { version } from "../../core/index.ts";
import { type Operation, operations } from "./operations.ts";
import { type SchemaName, schemas } from "./schemas.ts";

/** What statuses mean, whatever was asked for. */
const meanings: Readonly<Record<string, string>> = {
  200: "What was asked for",
  206: "The range that was asked for",
  304: "It is what the client has",
  400: "The request says something that cannot be meant; the message names the field",
  401: "A token is required",
  404: "It is not there",
  413: "The body is too large",
  415: "The body is of another type than application/json",
  416: "The range is outside of the content",
  default:
    "Refused before it was looked at: another Host (421) or Origin (403), an encoded or odd path (400), a body without a length (411) or too large (413); or a file cannot be read now (503)",
};

/** Schemas by media type where JSON does not go as application/json. */
const mediaTypes: Readonly<Record<string, string>> = {
  Manifest: "application/vnd.oci.image.manifest.v1+json",
  Index: "application/vnd.oci.image.index.v1+json",
};

/**
 * The OpenAPI 3.1 document of the development distributor.
 * @param needsToken whether requests must show a token
 */
export function openApiDocument(needsToken: boolean): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const one of operations) (paths[one.path] ??= {})[one.method] = describe(one, needsToken);
  return {
    openapi: "3.1.0",
    info: {
      title: "greentic-dist dev",
      version,
      description: "A folder of components and packs as a distributor and an OCI registry.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    ...(needsToken ? { security: [{ bearer: [] }, { basic: [] }] } : {}),
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        basic: { type: "http", scheme: "basic", description: "any user, and the token as password" },
      },
    },
  };
}

function describe(operation: Operation, needsToken: boolean): object {
  const { id, summary, parameters, body, method, path } = operation;
  const isOpen = path === "/healthz";
  const failure = method === "head" ? undefined : ("Errors" as const);
  const answers = {
    ...operation.responses,
    ...(needsToken && !isOpen ? { 401: failure } : {}),
    default: failure,
  };
  return {
    operationId: id,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonOf(body) } }),
    ...(needsToken && isOpen ? { security: [] } : {}),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, content]) => [
        status,
        {
          description: meanings[status],
          ...(content === undefined ? {} : { content: contentOf(content) }),
        },
      ]),
    ),
  };
}

function contentOf(content: SchemaName | { readonly mediaType: string }): object {
  return typeof content === "string" ? jsonOf(content) : { [content.mediaType]: {} };
}

function jsonOf(name: SchemaName): object {
  const schema = { $ref: `#/components/schemas/${name}` };
  return { [mediaTypes[name] ?? "application/json"]: { schema } };
}
