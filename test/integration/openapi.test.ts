import { afterAll, describe, expect, test } from "vitest";
import { flawsOf } from "../support/json-schema.ts";
import {
  documentOf,
  type DocumentedOperation,
  openHello,
  type PlannedRequest,
  requestFor,
  send,
} from "../support/openapi-requests.ts";

const token = "a-token-for-tests";
const distributor = await openHello();
const guarded = await openHello(token);
afterAll(async () => {
  await distributor.close();
  await guarded.close();
});
const document = await documentOf(distributor);
const guardedDocument = await documentOf(guarded, token);

/** Every operation with every status that it can have. */
const documented = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, operation]) =>
    Object.keys(operation.responses)
      .filter((status) => status !== "default")
      .map((status) => ({ path, method, operation, status, name: `${status} of ${operation.operationId}` })),
  ),
);

/** Parameters that are none, and names that nothing has. */
const nonsense = { pack_id: "a b", digest: "sha256:0", n: "x", reference: "sha256:0" };
const unknown = {
  pack_id: "no-such",
  component_id: "no-such",
  ref: "oci://ghcr.io/acme/hello:1",
  repository: "components/no-such",
  reference: "9.9.9",
};
const noDigest = `sha256:${"0".repeat(64)}`;

/** A request that leads to the status. */
function planned(
  path: string,
  method: string,
  operation: DocumentedOperation,
  status: string,
): PlannedRequest {
  const { host } = distributor;
  const ask = (changed: Readonly<Record<string, string>> = {}, headers = {}): PlannedRequest => {
    const request = requestFor(host, path, method, operation, changed);
    return { ...request, headers: { ...request.headers, ...headers } };
  };
  switch (status) {
    case "200":
      return ask();
    case "206":
      return ask({}, { range: "bytes=0-3" });
    case "304":
      return ask({}, { "if-none-match": "*" });
    case "416":
      return ask({}, { range: "bytes=99999999-" });
    case "400": {
      const names = new Set((operation.parameters ?? []).map(({ name }) => name));
      const wrong = Object.entries(nonsense).find(([name]) => names.has(name));
      return operation.requestBody === undefined
        ? ask(Object.fromEntries([wrong!]))
        : { ...ask(), body: "{" };
    }
    case "404":
      return ask({ ...unknown, digest: noDigest });
    case "413":
      return { ...ask(), body: JSON.stringify({ padding: "x".repeat(1 << 20) }) };
    case "415":
      return ask({}, { "content-type": "text/plain" });
    default:
      throw new Error(`nothing is known of ${status}`);
  }
}

/** What a response is by the document; a line for each thing that is not so. */
function flawsOfResponse(
  operation: DocumentedOperation,
  { status, headers, body }: Awaited<ReturnType<typeof send>>,
): readonly string[] {
  const expected = operation.responses[String(status)]?.content;
  if (expected === undefined) return body.length === 0 ? [] : ["a body that the document has not"];
  const type = headers.get("content-type")?.split(";")[0] ?? "";
  const media = expected[type] ?? expected["*/*"];
  if (media === undefined) return [`the type ${type}, expected ${Object.keys(expected).join()}`];
  if (!("schema" in media)) return [];
  const schema = media.schema as Readonly<Record<string, unknown>>;
  return flawsOf(document, schema, JSON.parse(new TextDecoder().decode(body)));
}

describe("the OpenAPI document", () => {
  test("is one of OpenAPI 3.1 with every operation named once", () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map((one) => one.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(25);
  });

  test.for(documented)("tells the truth: $name", async ({ path, method, operation, status }) => {
    const response = await send(distributor, planned(path, method, operation, status));
    expect(response.status).toBe(Number(status));
    expect(flawsOfResponse(operation, response)).toEqual([]);
  });

  test.for(documented.filter(({ status }) => status === "200"))(
    "tells the truth where a token is needed: $operation.operationId",
    async ({ path, method }) => {
      const operation = guardedDocument.paths[path]![method]!;
      const request = requestFor(guarded.host, path, method, operation);
      const isOpen = path === "/healthz";
      const anonymous = await send(guarded, request);
      expect(anonymous.status).toBe(isOpen ? 200 : 401);
      expect("401" in operation.responses).toBe(!isOpen);
      const headers = { ...request.headers, authorization: `Bearer ${token}` };
      expect((await send(guarded, { ...request, headers })).status).toBe(200);
    },
  );

  test.for(Object.entries(document.paths))("names every method of %s", async ([path, item]) => {
    const operation = Object.values(item)[0]!;
    for (const method of ["get", "head", "post", "put", "patch", "delete", "options"]) {
      const request = requestFor(distributor.host, path, method, operation);
      const { status, headers } = await send(distributor, { ...request, body: undefined });
      const isNamed = method in item;
      expect(status === 405, `${method} ${path} is answered with ${status}`).toBe(!isNamed);
      const allowed = (headers.get("allow") ?? "").toLowerCase().split(", ");
      expect(isNamed ? Object.keys(item) : allowed.toSorted()).toEqual(Object.keys(item).toSorted());
    }
  });
});

/** A generator of the same numbers for the same seed (mulberry32), below `limit`. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const seed = 20_261_123;
const fuzzedRequests = 2200;

describe("any request", () => {
  const random = randomFrom(seed);
  const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;
  const texts = [
    "",
    ".",
    "..",
    "../../etc/passwd",
    "%2e%2e%2f",
    "%00",
    "a b",
    "latest",
    "1.0.0",
    "hello",
    "components/hello",

    "packs/hello",
    "HELLO",
    "ü",
    "\u202e",
    "'\"<>",
    "__proto__",
    "constructor",
    "-1",
    "1e9",
    "0",
    "99999999999",

    "sha256:",
    `sha256:${"0".repeat(64)}`,
    `sha512:${"0".repeat(128)}`,
    "x".repeat(300),
    "[]",
    "null",
    "{}",

    "oci://",
    "oci://127.0.0.1/components/hello",
    "repo://x",
    "file:///etc/passwd",
    "http://127.0.0.1/x",
    "*",
  ];
  const headerValues = [
    "bytes=0-0",
    "bytes=-1",
    "bytes=5-1",
    "bytes=0-1,3-4",
    "bytes=999999999999999999999-",
    "lines=1-2",
    "*",
    '"x"',
    'W/"x"',
    "",
    ",",
    "application/json",
    "application/json; charset=utf-16",
    "text/html",
    "gzip",
  ];
  const headerNames = [
    "range",
    "if-none-match",
    "if-range",
    "accept",
    "content-type",
    "accept-encoding",
    "if-match",
  ];

  /** A JSON text with one thing in it changed. */
  function mutated(body: string): string {
    switch (random(7)) {
      case 0:
        return body.slice(0, random(body.length + 1));
      case 1:
        return body.replace(/"[^"]*"/, () => JSON.stringify(pick(texts)));
      case 2: {
        const at = random(body.length + 1);
        return body.slice(0, at) + String.fromCharCode(random(0x2100)) + body.slice(at);
      }
      case 3:
        return pick(["null", "[]", "0", '""', "{}", "[".repeat(5000), '{"a":'.repeat(500), "\u0000", ""]);
      default: {
        const fields = JSON.parse(body) as Record<string, unknown>;
        const value = pick<unknown>([
          null,
          0,
          -1,
          true,
          [],
          {},
          [{}],
          ...texts,
          { __proto__: 1 },
          "x".repeat(9999),
        ]);
        return JSON.stringify({ ...fields, [pick([...Object.keys(fields), "extra", "tenant"])]: value });
      }
    }
  }

  function plan(): { readonly operation: DocumentedOperation; readonly request: PlannedRequest } {
    const [path, item] = pick(Object.entries(document.paths));
    const [method, operation] = pick(Object.entries(item));
    const names = (operation.parameters ?? []).filter((one) => one.in !== "header").map(({ name }) => name);
    const changed = Object.fromEntries(
      names.filter(() => random(2) === 0).map((name) => [name, encodeURI(pick(texts))]),
    );
    const request = requestFor(distributor.host, path, method, operation, changed);
    const more = random(3) === 0 ? { [pick(headerNames)]: pick(headerValues) } : {};
    const query =
      random(4) === 0
        ? `${request.target.includes("?") ? "&" : "?"}${pick(["n", "pack_id", "x"])}=${encodeURIComponent(pick(texts))}`
        : "";
    const body = request.body === undefined || random(3) === 0 ? request.body : mutated(request.body);
    return {
      operation,
      request: { ...request, body, target: request.target + query, headers: { ...request.headers, ...more } },
    };
  }

  test(`gets an answer that is documented (${fuzzedRequests} requests, seed ${seed})`, async () => {
    const seen = new Map<number, number>();
    const bad: string[] = [];
    let left = fuzzedRequests;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const { operation, request } = plan();
        const { status } = await send(distributor, request);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        // What is refused before it is looked at, and a path that is another one after all.
        const isKnown = String(status) in operation.responses || [400, 404, 405, 413].includes(status);
        if (!isKnown) bad.push(`${status}: ${JSON.stringify(request)}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    expect(bad).toEqual([]);
    expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 304, 400, 404, 415]));
    expect(seen.get(200)).toBeGreaterThan(fuzzedRequests / 10);
  });
});
