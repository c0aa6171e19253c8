// Prints how many milliseconds one call takes, when the process has made it often.
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { DistClient } from "greentic-dist";
import { summaryOf } from "./measure.ts";

const [call, cacheDir = "", reference = ""] = process.argv.slice(2);
await using client = new DistClient({ cacheDir });
const { cachePath, digest, fetched } = await client.ensureCached(reference);
// A file that changed a moment ago is hashed at every call.
if (fetched) await sleep(2_500);
const once: () => Promise<unknown> =
  call === "ensureCached" ? () => client.ensureCached(digest) : () => stat(cachePath);

const times: number[] = [];
for (let turn = 0; turn < 2_000; turn++) {
  const begin = performance.now();
  await once();
  if (turn >= 1_000) times.push(performance.now() - begin);
}
console.log(summaryOf(times).median);
