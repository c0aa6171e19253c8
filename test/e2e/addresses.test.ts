import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { inOwnMounts } from "../support/missing-tools.ts";
import { startRegistry } from "../support/registry.ts";
import { createCommand } from "./support/command.ts";

test("a host of several addresses is reached at the one that answers", async () => {
  await using registry = await startRegistry();
  const hello = pushComponent(registry, { repository: "example/hello", tag: "1.0", wasm: smallComponent });
  await using command = await createCommand();
  const hosts = join(command.directory, "hosts");
  await writeFile(hosts, "::1 three.test\n127.0.0.2 three.test\n127.0.0.1 three.test\n");
  const through = [...inOwnMounts, "sh", "-ec", `mount --bind "${hosts}" /etc/hosts; exec "$@"`, "sh"];
  const host = `three.test:${new URL(registry.url).port}`;
  const args = ["pull", `${host}/example/hello:1.0`, "--insecure-registry", host];
  expect(await command.run(args, { through })).toMatchObject({
    code: 0,
    stdout: `${command.componentOf(hello.manifestDigest)}\n`,
  });
});
