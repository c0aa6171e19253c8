/**
 * The first half of a runner: reads a component that was pulled before, by digest and without a network, and checks
 * that it is WebAssembly: `node run-by-digest.js sha256:…`.
 */
// In a program of your own: from "greentic-dist".
import { DistClient, isDistError } from "../src/index.ts";

const [digest] = process.argv.slice(2);
if (digest === undefined) throw new Error("usage: run-by-digest DIGEST");

await using client = new DistClient({ offline: true });
try {
  // Held open: whoever empties the cache meanwhile takes no bytes away.
  await using artifact = await client.openCached(digest);
  const bytes = await artifact.bytes(); // verified
  console.log(`${kindOf(bytes)} of ${bytes.length} bytes at ${artifact.cachePath}`);
} catch (error) {
  if (!isDistError(error, "NOT_CACHED")) throw error;
  console.error(`${digest} was never pulled`);
  process.exitCode = 1;
}

/** What the preamble says: `\0asm`, two bytes of version, two of layer (0 for core modules, 1 for components). */
function kindOf(bytes: Uint8Array): string {
  const [zero, a, s, m, , , layer, high] = bytes;
  const isWasm = zero === 0 && a === 0x61 && s === 0x73 && m === 0x6d && high === 0;
  if (isWasm && layer === 0) return "module";
  if (isWasm && layer === 1) return "component";
  throw new Error("no WebAssembly");
}
