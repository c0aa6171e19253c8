/**
 * Makes docs/dev-page.png: the page of `greentic-dist dev` over the example component and a pack, half in light and half in
 * dark, after two pulls. Needs Chromium: `npm run screenshot`.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createDevDistributor } from "greentic-dist/dev";
import { launchBrowser } from "../test/support/browser.ts";
import { runCli } from "../test/support/cli.ts";
import { projectPath } from "../test/support/project-path.ts";
import { tempDir } from "../test/support/temp-dir.ts";

const viewport = { width: 1200, height: 765 };
/** Where light ends and dark begins: between the columns of the page. */
const seam = 676;
const requirements = [{ key: "SMTP_PASSWORD", description: "for the mail server", format: "text" }];

await using dir = await tempDir();
const root = join(dir.path, ".greentic/dev");
for (const folder of ["components", "packs"]) await mkdir(join(root, folder), { recursive: true });
const hello = await readFile(projectPath("examples/hello/hello.wasm"));
for (const version of ["1.0.0", "1.1.0"])
  await writeFile(join(root, `components/hello-${version}.wasm`), hello);
// An archive without files, which ends as all zip archives do.
await writeFile(
  join(root, "packs/support-2.0.0.gtpack"),
  Uint8Array.from({ length: 22 }, (_, index) => [0x50, 0x4b, 5, 6][index] ?? 0),
);
const settings = { packs: { support: { secret_requirements: requirements } } };
await writeFile(join(root, "distributor.json"), JSON.stringify(settings));

await using served = await createDevDistributor({ root });
for (const args of [
  ["pull", `${served.host}/components/hello:1.1.0`],
  ["pack", "--allow-tags", `${served.host}/packs/support:2.0.0`],
]) {
  const { code, stderr } = await runCli(args);
  if (code !== 0) throw new Error(stderr);
}

const browser = await launchBrowser();
try {
  const shots: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ viewport, colorScheme, reducedMotion: "reduce" });
    await page.goto(served.url);
    await page.getByText("Live", { exact: true }).waitFor();
    shots.push((await page.screenshot()).toString("base64"));
  }
  const [light, dark] = shots.map((shot) => `url(data:image/png;base64,${shot})`);
  const both = await browser.newPage({ viewport });
  await both.setContent(`<style>
    body { margin: 0; height: 100vh; background: ${light}; }
    div { height: 100vh; background: ${dark}; clip-path: inset(0 0 0 ${seam}px); }
  </style><div></div>`);
  await both.screenshot({ path: projectPath("docs/dev-page.png") });
} finally {
  await browser.close();
}
