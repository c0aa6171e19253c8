import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDev } from "../../test/support/dev-process.ts";
import type { Case } from "../case.ts";
import { processContender } from "../process-contender.ts";

/** The development server as a registry. */
export const devServer: Case = {
  name: "dev-server",
  title: "100 MiB to curl, which throws them away",
  rounds: 10,
  contest: async ({ workbench, programs, env }) => {
    const [{ blobUrl, contentDigest }] = (await workbench.artifacts("100 MiB")).artifacts;
    const components = join(workbench.directory, "served/components");
    await mkdir(components, { recursive: true });
    const { body } = await fetch(blobUrl);
    await writeFile(join(components, "bench-1.0.0.wasm"), body ?? "");
    const dev = await startDev(["--root", join(workbench.directory, "served"), "--quiet"]);
    const urls = {
      "docker-registry": blobUrl,
      "greentic-dist dev": `${dev.url}/v2/components/bench/blobs/${contentDigest}`,
    };
    const curl = [programs.peers.get("curl") ?? []].flat();
    return {
      contenders: curl.flatMap(({ path }) =>
        Object.entries(urls).map(([name, url]) =>
          processContender({ name, command: [path, "-sf", "-o", "/dev/null", url], env }),
        ),
      ),
      limits: [],
      close: () => dev[Symbol.asyncDispose](),
    };
  },
};
