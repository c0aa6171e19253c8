/**
 * Runs the guest with a distributor behind its imports: `node host.js URL`, on Node.js 24 or newer. Each line of the
 * input goes to the guest; a line with `ok` or `error` comes back.
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { createDistributorHost, createTenantCtx, HttpDistributorClient } from "greentic-dist";
import { instantiate } from "./build/guest.js";

const environmentId = "dev";
const client = new HttpDistributorClient({
  baseUrl: process.argv[2],
  environmentId,
  tenant: createTenantCtx(environmentId, "acme"),
});

const compile = async (name) =>
  WebAssembly.compile(await readFile(new URL(`build/${name}`, import.meta.url)));

/** A guest, and what ends its call when the distributor fails: no function of the interface can return an error. */
async function openGuest() {
  const failed = Promise.withResolvers();
  const guest = await instantiate(compile, createDistributorHost(client, { onFailure: failed.reject }));
  return { run: (request) => Promise.race([guest.run(request), failed.promise]) };
}

let guest = await openGuest();
for await (const request of createInterface({ input: process.stdin })) {
  try {
    console.log(`{"ok":${await guest.run(request)}}`);
  } catch (error) {
    if (error.payload !== undefined) {
      console.log(`{"error":${error.payload}}`);
      continue;
    }
    const { code, kind, message } = error;
    console.log(JSON.stringify({ error: { code, kind, message } }));
    // It waits for an answer that will not come.
    guest = await openGuest();
  }
}
