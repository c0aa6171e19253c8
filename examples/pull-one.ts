/** Pulls one reference and prints where the component lies: `node pull-one.js ghcr.io/acme/hello:1.0`. */
// In a program of your own: from "greentic-dist".
import { DistClient, isDistError } from "../src/index.ts";

const [reference] = process.argv.slice(2);
if (reference === undefined) throw new Error("usage: pull-one REFERENCE");

// Ctrl-C stops the download; nothing unfinished is left in the cache.
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

await using client = new DistClient();
try {
  const { cachePath } = await client.ensureCached(reference, { signal: stop.signal });
  console.log(cachePath);
} catch (error) {
  if (!isDistError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  if (error.hint !== undefined) console.error(error.hint);
  process.exitCode = 1;
}
