import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { runCli } from "../support/cli.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { sampleOf } from "../support/soak.ts";
import { tempDir } from "../support/temp-dir.ts";

/** Into how many pieces a body is divided: a kill may come after each. */
const bodySteps = 24;

test(
  "a push that is killed at any moment leaves no wrong tag, and is finished by the next",
  { timeout: 300_000 },
  async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "a.wasm"), smallComponent);
    await writeFile(join(dir.path, "large.bin"), bytesOf(400_000, "large"));
    const layer = ["--layer", "large.bin:application/octet-stream", "--tag", "latest"];
    let moment = 0;
    let until = Infinity;
    let kill = new AbortController();
    const pass = (): void => {
      moment += 1;
      if (moment === until) kill.abort();
    };
    await using registry = await startRegistry({
      wrap: (handler) => async (request) => {
        pass();
        const body = request.body === null ? null : watched(request.body, 400_000 / bodySteps, pass);
        const init = body === null ? {} : { body, duplex: "half" as const };
        const { method, headers, url } = request;
        const response = await handler(new Request(url, { method, headers, ...init }));
        pass();
        return response;
      },
    });
    const push = (repository: string, signal?: AbortSignal) =>
      runCli(["push", "a.wasm", `${registry.host}/${repository}:1.0`, ...layer], {
        cwd: dir.path,
        signal,
        killSignal: "SIGKILL",
      });
    const whole = await push("whole");
    const moments = moment;
    const [digest] = whole.stdout.split("\n");
    expect(whole.code).toBe(0);
    expect(moments).toBeGreaterThanOrEqual(50);
    const all = Array.from({ length: moments }, (_, i) => i + 1);
    for (const at of sampleOf(all, 8)) {
      until = at;
      kill = new AbortController();
      moment = 0;
      const repository = `killed/at-${at}`;
      const killed = await push(repository, kill.signal);
      until = Infinity;
      expect(killed.signal === "SIGKILL" || killed.code === 0).toBe(true);
      const meanings = await Promise.all(
        ["1.0", "latest"].map((tag) => meaningOf(registry, repository, tag)),
      );
      expect([undefined, digest]).toEqual(expect.arrayContaining(meanings));
      expect(await push(repository)).toMatchObject({ code: 0, stdout: whole.stdout });
    }
  },
);

/** What a tag means; `undefined` when it means nothing. */
async function meaningOf({ url }: Registry, repository: string, tag: string): Promise<string | undefined> {
  const found = await fetch(`${url}/v2/${repository}/manifests/${tag}`);
  await found.arrayBuffer();
  return found.status === 404 ? undefined : (found.headers.get("docker-content-digest") ?? "");
}

/** `body`, with a call after each `step` bytes of it. */
function watched(
  body: ReadableStream<Uint8Array>,
  step: number,
  pass: () => void,
): ReadableStream<Uint8Array> {
  let seen = 0;
  const chunks = async function* watch(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of body) {
      const before = Math.floor(seen / step);
      seen += chunk.length;
      for (let i = before; i < Math.floor(seen / step); i++) pass();
      yield chunk;
    }
  };
  return ReadableStream.from(chunks());
}
