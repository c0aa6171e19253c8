import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createDevDistributor, type DevDistributor } from "../../src/dev/index.ts";
import { smallComponent } from "./artifacts.ts";
import { tempDir } from "./temp-dir.ts";

/** An operation as an OpenAPI document has it. */
export interface DocumentedOperation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
}

/** The OpenAPI document, as far as tests use it. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
}

/** A request before it is sent. */
export interface PlannedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A development distributor with one pack, `hello`, that has one component, `hello`; two versions of both. */
export async function openHello(token?: string): Promise<DevDistributor> {
  const dir = await tempDir();
  const put = async (path: string, bytes: Uint8Array | string): Promise<void> => {
    await mkdir(join(dir.path, path, ".."), { recursive: true });
    await writeFile(join(dir.path, path), bytes);
  };
  await put("components/hello-1.0.0.wasm", smallComponent);
  await put("components/hello/1.1.0-rc.1/component.wasm", smallComponent);
  await put("packs/hello-1.0.0.gtpack", helloPack);
  await put("packs/hello/0.1.0/pack.gtpack", helloPack);
  await put("distributor.json", JSON.stringify(helloSettings));
  const distributor = await createDevDistributor({ root: dir.path, token });
  const close = async (): Promise<void> => {
    await distributor.close();
    await dir[Symbol.asyncDispose]();
  };
  return { ...distributor, close, [Symbol.asyncDispose]: close };
}

/** The bytes of the pack. */
export const helloPack: Uint8Array = new TextEncoder().encode("PK\u0003\u0004 a pack");

const requirements = [
  { key: "hello/API_KEY", format: "text", description: "of the greeter", examples: ["abc"] },
  {
    key: "hello/extra",
    required: false,
    scope: { env: "dev", tenant: "tenant-a" },
    schema: { type: "string" },
  },
];
/** What its distributor.json says. */
export const helloSettings: {
  readonly packs: {
    readonly hello: { readonly components: readonly string[]; readonly secret_requirements: object };
  };
  readonly components: object;
} = {
  packs: { hello: { components: ["hello"], secret_requirements: requirements } },
  components: { hello: { secret_requirements: requirements } },
};

const ids = { tenant_id: "tenant-a", environment_id: "dev", pack_id: "hello" };
const digest = `sha256:${createHash("sha256").update(smallComponent).digest("hex")}`;

/** Values of parameters that mean something in {@link openHello}. */
const parameters: Readonly<Record<string, string>> = {
  ...ids,
  digest,
  repository: "components/hello",
  reference: "1.0.0",
};

/** Bodies that mean something there, by operation. */
function bodyOf(operationId: string, host: string): object | undefined {
  switch (operationId) {
    case "resolveComponent": {
      const tenant = { env: "dev", tenant: "tenant-a", tenant_id: "tenant-a", attempt: 0 };
      const { environment_id, pack_id } = ids;
      return { tenant, environment_id, pack_id, component_id: "hello", version: "1.0.0", extra: null };
    }
    case "resolveRef":
      return { ref: `oci://${host}/components/hello:1.0.0` };
    case "warmPack":
      return ids;
    case "fetchPack":
      return { pack_id: "hello", version: "1.0.0" };
    default:
      return undefined;
  }
}

/** A request for an operation with every parameter that it requires, and a body when it has one. */
export function requestFor(
  host: string,
  path: string,
  method: string,
  { operationId, parameters: asked = [] }: DocumentedOperation,
  changed: Readonly<Record<string, string>> = {},
): PlannedRequest {
  const value = (name: string): string | undefined => changed[name] ?? parameters[name];
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => value(name) ?? "");
  const query = asked
    .filter((one) => one.in === "query" && (one.required || one.name in changed))
    .map(({ name }) => `${name}=${encodeURIComponent(value(name) ?? "")}`);
  const body = bodyOf(operationId, host);
  const text = body === undefined ? undefined : JSON.stringify({ ...body, ...changedIn(body, changed) });
  return {
    method: method.toUpperCase(),
    target: query.length === 0 ? filled : `${filled}?${query.join("&")}`,
    headers: text === undefined ? {} : { "content-type": "application/json" },
    body: text,
  };
}

function changedIn(body: object, changed: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(changed).filter(([name]) => name in body));
}

/** Sends it, and reads the answer to its end within ten seconds. */
export async function send(
  { url }: DevDistributor,
  { method, target, headers, body }: PlannedRequest,
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Uint8Array }> {
  const init = body === undefined ? {} : { body };
  const signal = AbortSignal.timeout(10_000);
  const response = await fetch(url + target, { method, headers, signal, redirect: "manual", ...init });
  return {
    status: response.status,
    headers: response.headers,
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

/** The document that the server itself hands out. */
export async function documentOf(distributor: DevDistributor, token?: string): Promise<OpenApiDocument> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${distributor.url}/openapi.json`, { headers });
  return (await response.json()) as OpenApiDocument;
}
