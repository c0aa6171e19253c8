// Profiles a case of the bench on this package's newest Node.js. How to read what comes out: CONTRIBUTING.md.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectPath } from "../test/support/project-path.ts";
import { cases } from "./cases/index.ts";
import { findPrograms } from "./peers.ts";
import { summaryOfCpu, summaryOfHeap } from "./profile-summary.ts";
import { openWorkbench } from "./workbench.ts";

const [name = "warm-pull"] = process.argv.slice(2);
const found = cases.find((one) => one.name === name);
if (found === undefined)
  throw new Error(`there is no case ${name}: expected ${cases.map((one) => one.name).join(", ")}`);

const programs = findPrograms(process.env);
const ours = programs.ours.find(({ node }) => node !== undefined);
if (ours === undefined) throw new Error("there is no Node.js to profile on");
const folder = projectPath(join("build", "profile", name));
const fresh = join(folder, "new");
await rm(folder, { recursive: true, force: true });

await using workbench = await openWorkbench();
const profiling = ["--cpu-prof", `--cpu-prof-dir=${fresh}`, "--cpu-prof-interval=200"];
const heap = ["--heap-prof", `--heap-prof-dir=${fresh}`, "--heap-prof-interval=4096"];
const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: workbench.directory,
  TMPDIR: workbench.directory,
  NODE_OPTIONS: [...profiling, ...heap].join(" "),
};
const { contenders, close } = await found.contest({
  workbench,
  programs: { ours: [ours], peers: new Map(), absent: [] },
  isQuick: false,
  env,
});
try {
  for (const contender of contenders) {
    // What was there before is of setting the case up, or of another contender.
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await contender.run(true);
    await keepProfiles(contender.name);
  }
} finally {
  await close?.();
  await rm(fresh, { recursive: true, force: true });
}

/** Gives the profiles of a run the name of who ran, and prints and writes what stands out in them. */
async function keepProfiles(contender: string): Promise<void> {
  const stem = contender.replaceAll(/[^\w.-]+/g, "-");
  const lines = [`${name}: ${contender}`];
  for (const file of await readdir(fresh)) {
    const kind = file.slice(file.lastIndexOf("."));
    const kept = join(folder, `${stem}${kind}`);
    await rename(join(fresh, file), kept);
    const text = await readFile(kept, "utf8");
    lines.push("", kept, ...(kind === ".cpuprofile" ? summaryOfCpu(text) : summaryOfHeap(text)));
  }
  await writeFile(join(folder, `${stem}.txt`), `${lines.join("\n")}\n`);
  console.log(`${lines.join("\n")}\n`);
}
