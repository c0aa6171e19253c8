/**
 * Pulls every component of a lockfile, says on stderr how far it is, and prints `NAME PATH` lines:
 * `node pull-lock.js pack.lock.json`.
 */
// In a program of your own: from "greentic-dist".
import { DistClient, type DistEvent, isLockFailure } from "../src/index.ts";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: pull-lock LOCKFILE");

await using client = new DistClient({ onEvent: report });
try {
  for (const { name, reference, cachePath } of await client.pullLock(path, { jobs: 4 })) {
    console.log(name ?? reference, cachePath);
  }
} catch (error) {
  if (!isLockFailure(error)) throw error;
  // The other entries are in the cache now: `error.details.pulled`.
  for (const { reference, code } of error.details.failed) console.error(`failed ${reference}: ${code}`);
  process.exitCode = 1;
}

function report(event: DistEvent): void {
  if (event.event === "progress" && event.totalBytes !== undefined) {
    console.error(`${event.digest} ${Math.floor((100 * event.receivedBytes) / event.totalBytes)} %`);
  } else if (event.event === "cached") {
    console.error(`${event.fetched ? "fetched" : "had"} ${event.reference}`);
  } else if (event.event === "warning") {
    console.error(`warning: ${event.message}`);
  }
}
