/**
 * A WebAssembly guest that asks a distributor through WIT. `{"call": "resolveRef", "args": ["oci://…"]}` calls that
 * method of the client; what it returns, or why it failed, goes back as JSON. docs/distributor.md says how it is built.
 */
import * as bindings from "greentic:distributor-api/distributor@1.1.0";
import { WitDistributorClient } from "greentic-dist/guest";

const client = new WitDistributorClient(bindings);

const calls = new Set([
  "resolveComponent",
  "getPackStatus",
  "getPackStatusV2",
  "warmPack",
  "resolveRef",
  "getByDigest",
]);

export async function run(request) {
  try {
    const { call, args } = JSON.parse(request);
    if (!calls.has(call)) throw new Error(`no call ${call}`);
    return JSON.stringify(await client[call](...args), printBytes) ?? "null";
  } catch (error) {
    // What is thrown is the `err` of the result, a string.
    throw JSON.stringify({ code: error.code, kind: error.kind, message: error.message });
  }
}

const printBytes = (_key, value) => (value instanceof Uint8Array ? [...value] : value);
