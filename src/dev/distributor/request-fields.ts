import { decodeJson, essenceOf, isJsonObject, type JsonObject } from "../../core/index.ts";
import { isDistributorId } from "../../distributor/index.ts";
import { badRequest, Refusal } from "./refusal.ts";

/** How deep the JSON of a body may be nested. */
const maxDepth = 128;

/**
 * The JSON object in the body of a request, which the gate has let pass by its length.
 * @throws {Refusal} 400, 415
 */
export async function readJsonObject(request: Request): Promise<JsonObject> {
  if (essenceOf(request.headers.get("content-type") ?? "") !== "application/json") {
    throw new Refusal(415, "UNSUPPORTED", "expected a body of the type application/json");
  }
  const decoded = decodeJson(new Uint8Array(await request.arrayBuffer()), { maxDepth });
  if ("flaw" in decoded) throw badRequest(`the body ${decoded.flaw}`);
  if (!isJsonObject(decoded.value)) throw badRequest("the body is no JSON object");
  return decoded.value;
}

/**
 * A text in a body.
 * @throws {Refusal} 400
 */
export function textIn(body: JsonObject, field: string): string {
  const value = Object.hasOwn(body, field) ? body[field] : undefined;
  if (typeof value === "string") return value;
  throw badRequest(`${field}: expected a text, got ${value === undefined ? "none" : typeof value}`);
}

/**
 * An id in a body.
 * @throws {Refusal} 400
 */
export function idIn(body: JsonObject, field: string): string {
  return checkId(textIn(body, field), field);
}

/**
 * A parameter of the query that is given once.
 * @throws {Refusal} 400
 */
export function textInQuery({ searchParams }: URL, field: string): string {
  const [value, ...more] = searchParams.getAll(field);
  if (value !== undefined && more.length === 0) return value;
  throw badRequest(
    `${field}: expected it once in the query, got it ${value === undefined ? "not" : "more often"}`,
  );
}

/**
 * The same of an id.
 * @throws {Refusal} 400
 */
export function idInQuery(url: URL, field: string): string {
  return checkId(textInQuery(url, field), field);
}

function checkId(text: string, field: string): string {
  if (isDistributorId(text)) return text;
  throw badRequest(`${field}: expected ASCII letters, digits, '.', '-' or '_', and at least one`);
}
