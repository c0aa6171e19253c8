import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CommandLine } from "../account.ts";
import type { Case, Setting } from "../case.ts";
import type { Contender } from "../measure.ts";
import type { OurProgram } from "../peers.ts";
import { processContender } from "../process-contender.ts";
import { pushOneImage } from "../push.ts";
import type { ArtifactSet, ArtifactShape } from "../workbench.ts";

const node24 = "greentic-dist, Node 24";
const hashed = "cat bundle.tar | openssl dgst";

const shapeOf = ({ isQuick }: Setting): ArtifactShape => (isQuick ? "40 × 5 MiB" : "400 × 5 MiB");

/** What it takes to carry 2 GiB: against a program that carries as many bytes in one image; and what reading them takes. */
export const bundle: Case = {
  name: "bundle",
  title: "A bundle of 400 × 5 MiB",
  quickTitle: "A bundle of 40 × 5 MiB",
  rounds: 4,
  warmUp: false,
  contest: async (setting) => {
    const set = await setting.workbench.artifacts(shapeOf(setting));
    const archive = await saveOnce(setting, set);
    const cat: CommandLine = ["sh", "-c", 'cat "$0" | openssl dgst -sha256', archive];
    return {
      contenders: [
        ...setting.programs.ours.flatMap((ours) => bundleContenders(setting, set, { ours, archive })),
        processContender({ name: hashed, command: cat, env: setting.env }),
        ...(await skopeoContenders(setting, set)),
      ],
      limits: [
        { of: `${node24}: save`, against: ["skopeo copy, folder to archive"], atMost: 1.2 },
        { of: `${node24}: save, nothing cached`, against: ["skopeo copy, registry to archive"], atMost: 1.2 },
        { of: `${node24}: load`, against: ["skopeo copy, archive to folder"], atMost: 1.2 },
      ],
    };
  },
};

/** The same in memory: less than 100 MiB, of which an idle process has 45. */
export const bundleMemory: Case = {
  name: "bundle-memory",
  title: "Peak memory of a bundle of 400 × 5 MiB",
  quickTitle: "Peak memory of a bundle of 40 × 5 MiB",
  rounds: 3,
  figure: "memory",
  warmUp: false,
  contest: async (setting) => {
    const { programs, env, workbench } = setting;
    const set = await workbench.artifacts(shapeOf(setting));
    const archive = await saveOnce(setting, set);
    return {
      contenders: programs.ours.flatMap((ours) => [
        processContender({ name: `${ours.name}: --version`, command: [...ours.command, "--version"], env }),
        ...bundleContenders(setting, set, { ours, archive }),
      ]),
      limits: programs.ours.flatMap(({ name }) =>
        ["save", "save, nothing cached", "load"].map((what) => ({
          of: `${name}: ${what}`,
          against: [`${name}: --version`],
          atMost: 54,
        })),
      ),
    };
  },
};

const warmCache = ({ workbench }: Setting): string => join(workbench.directory, "bundle-cache");

/** Saves a set, so that it is cached too; the path of the bundle. */
async function saveOnce(setting: Setting, { lockfile }: ArtifactSet): Promise<string> {
  const { programs, env, workbench } = setting;
  const archive = join(workbench.directory, "bundle.tar");
  const [program, ...first] = programs.ours[0]?.command ?? [];
  if (program === undefined) throw new Error("greentic-dist is not here");
  const args = ["--cache-dir", warmCache(setting), "save", "--lock", lockfile, "-o", archive];
  await promisify(execFile)(program, [...first, ...args], { env, maxBuffer: 16 * 1024 * 1024 });
  return archive;
}

/** This package, run in one way, saving a set and loading it. */
function bundleContenders(
  setting: Setting,
  { artifacts, lockfile }: ArtifactSet,
  { ours: { name, command }, archive }: { readonly ours: OurProgram; readonly archive: string },
): readonly Contender[] {
  const { env, workbench } = setting;
  const to = join(workbench.directory, "out");
  const save = ["save", "--lock", lockfile, "-o", join(to, "bundle.tar")];
  const run = (what: string, args: readonly string[], digests: readonly string[]): Contender =>
    processContender({
      name: `${name}: ${what}`,
      command: [...command, ...args],
      env,
      brings: { to, digests, isSynced: true },
    });
  return [
    run("save", ["--cache-dir", warmCache(setting), ...save], []),
    run("save, nothing cached", ["--cache-dir", join(to, "cache"), ...save], []),
    run(
      "load",
      ["--cache-dir", to, "load", archive],
      artifacts.map((one) => one.contentDigest),
    ),
  ];
}

/** skopeo, carrying all layers of a set in one image. */
async function skopeoContenders(
  { workbench, programs, env }: Setting,
  { artifacts, totalBytes }: ArtifactSet,
): Promise<readonly Contender[]> {
  const skopeo = programs.peers.get("skopeo")?.path;
  if (skopeo === undefined) return [];
  const [{ blobUrl, tagged }] = artifacts;
  const components = artifacts.map((one) => one.contentDigest);
  await pushOneImage(new URL("../manifests/all", blobUrl), components, totalBytes / artifacts.length);
  const image = `docker://${tagged.replace(/:v0$/, ":all")}`;
  const folder = `oci:${join(workbench.directory, "one")}:1`;
  const archive = `oci-archive:${join(workbench.directory, "one.tar")}:1`;
  const to = join(workbench.directory, "out");
  const copy = (from: string, target: string): CommandLine => [
    skopeo,
    "--insecure-policy",
    "copy",
    "--preserve-digests",
    "--src-tls-verify=false",
    from,
    target,
  ];
  for (const target of [folder, archive]) {
    const [program, ...args] = copy(image, target);
    await promisify(execFile)(program, args, { env, maxBuffer: 16 * 1024 * 1024 });
  }
  const run = (name: string, command: CommandLine): Contender =>
    processContender({
      name: `skopeo copy, ${name}`,
      command,
      env,
      brings: { to, digests: [], isSynced: false },
    });
  return [
    run("folder to archive", copy(folder, `oci-archive:${join(to, "one.tar")}:1`)),
    run("registry to archive", copy(image, `oci-archive:${join(to, "one.tar")}:1`)),
    run("archive to folder", copy(archive, `oci:${join(to, "one")}:1`)),
  ];
}
