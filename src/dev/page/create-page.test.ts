import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { bytesOf, smallComponent } from "../../../test/support/artifacts.ts";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { openCatalog } from "../catalog/catalog.ts";
import { createImageOf } from "../registry/image-of.ts";
import { createPage, type Page } from "./create-page.ts";
import { pageScript } from "./page-script.ts";

interface World extends AsyncDisposable {
  readonly page: Page;
  readonly folder: string;
  readonly write: (path: string, bytes: Uint8Array | string) => Promise<void>;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  readonly text: () => Promise<string>;
}

async function openWorld({ host = "127.0.0.1:4000", needsToken = false } = {}): Promise<World> {
  const dir = await tempDir();
  const catalog = await openCatalog({ root: dir.path, debounceMs: 5 });
  const page = createPage({ catalog, imageOf: createImageOf(catalog), needsToken, now: () => 1e12 });
  const get = async (path: string, init?: RequestInit): Promise<Response> =>
    page.routes.fetch(new Request(`http://${host}${path}`, init));
  return {
    page,
    folder: dir.path,
    get,
    text: async () => (await get("/")).text(),
    async write(path, bytes) {
      await mkdir(dirname(join(dir.path, path)), { recursive: true });
      await writeFile(join(dir.path, path), bytes);
    },
    async [Symbol.asyncDispose]() {
      page[Symbol.dispose]();
      catalog[Symbol.dispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const asked = {
  method: "GET",
  target: "/v2/",
  status: 200,
  bytesSent: 2,
  durationMs: 1,
  isComplete: true,
} as const;

/** The first event after `action`, as it is sent to a page that was loaded before. */
const eventsAfter = async (world: World, action: () => Promise<void> | void): Promise<string> => {
  const [, last = ""] = /data-last-event="([^"]*)"/.exec(await world.text()) ?? [];
  const { body } = await world.get(`/events?after=${last}`);
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  await action();
  const { value = "" } = await reader.read();
  await reader.cancel();
  return value;
};

describe("the page", () => {
  test("says all of what is served without a script", async () => {
    await using world = await openWorld();
    await world.write("components/hello-1.9.0.wasm", smallComponent);
    await world.write("components/hello/1.10.0/component.wasm", smallComponent);
    await world.write("packs/tools-0.1.0.gtpack", bytesOf(3000, "tools"));
    await world.write(
      "distributor.json",
      JSON.stringify({ packs: { tools: { secret_requirements: [{ key: "API_KEY" }] } } }),
    );
    const text = await world.text();
    for (const said of [
      "1 component, 1 pack",
      sha256(smallComponent),
      sha256(bytesOf(3000, "tools")),
      "greentic-dist pull 127.0.0.1:4000/components/hello:1.10.0<",
      "greentic-dist pull 127.0.0.1:4000/components/hello:1.9.0<",
      "greentic-dist pack --allow-tags 127.0.0.1:4000/packs/tools:0.1.0<",
      "greentic-secrets init --pack tools<",
      "API_KEY",
      "2.9 KiB",
      "greet",
    ])
      expect(text).toContain(said);
    expect(text.match(/<h3/g)).toHaveLength(2);
    expect(text.match(/>latest</g)).toHaveLength(2);
    expect(text.indexOf(">1.10.0<")).toBeLessThan(text.indexOf(">1.9.0<"));
  });

  test("says what to put where when the folder is empty", async () => {
    await using world = await openWorld();
    const text = await world.text();
    expect(text).toContain("Nothing is served yet");
    expect(text).toContain("components/hello-1.0.0.wasm");
  });

  test("says of files that are no components, or broken ones, that they are", async () => {
    await using world = await openWorld();
    await world.write("components/cut-1.0.0.wasm", smallComponent.subarray(0, 100));
    await world.write("components/other-1.0.0.wasm", "PK\u0003\u0004");
    await world.write("components/module-1.0.0.wasm", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const text = await world.text();
    expect(text).toContain("malformed");
    expect(text).toContain("expected a WebAssembly component, got a file of zip shape");
    expect(text).toContain("a core module, no component");
  });

  test("says which files are not served, and why", async () => {
    await using world = await openWorld();
    await world.write("components/<b>nameless.wasm", smallComponent);
    expect(await world.text()).toContain(
      "<code>components/&lt;b&gt;nameless.wasm</code> is not served: expected &lt;id&gt;-&lt;version&gt;.wasm",
    );
  });

  test("marks what latest means by distributor.json, and names no command for what no registry can name", async () => {
    await using world = await openWorld();
    await world.write("components/hello-1.0.0.wasm", smallComponent);
    await world.write("components/hello-2.0.0.wasm", smallComponent);
    await world.write("components/Upper-1.0.0.wasm", smallComponent);
    await world.write("distributor.json", JSON.stringify({ components: { hello: { latest: "1.0.0" } } }));
    const text = await world.text();
    expect(text).toMatch(/>1\.0\.0<\/span>\s*<span class="tag">latest/);
    expect(text).not.toMatch(/>2\.0\.0<\/span>\s*<span class="tag">latest/);
    expect(text).not.toContain("/components/Upper:1.0.0<");
    expect(text).toContain("cannot be pulled");
  });

  test.each([
    ["localhost:4000", "greentic-dist pull localhost:4000/components/hello:1.0.0<"],
    ["[::1]:4000", "greentic-dist pull &#39;[::1]:4000/components/hello:1.0.0&#39;<"],
    [
      "192.0.2.7:4000",
      "greentic-dist pull --insecure-registry 192.0.2.7:4000 192.0.2.7:4000/components/hello:1.0.0<",
    ],
  ])("asked for under %s it names commands that work from there", async (host, command) => {
    await using world = await openWorld({ host });
    await world.write("components/hello-1.0.0.wasm", smallComponent);
    expect(await world.text()).toContain(command);
  });

  test("says how to log in where a token is wanted, and only there", async () => {
    await using open = await openWorld();
    await using closed = await openWorld({ needsToken: true });
    expect(await closed.text()).toContain("greentic-dist auth login 127.0.0.1:4000 --username dev<");
    expect(await open.text()).not.toContain("auth login");
  });

  test("lets nothing run or load but its own script and style, and asks nobody else", async () => {
    await using world = await openWorld();
    const response = await world.get("/");
    const text = await response.text();
    const policy = new Map(
      (response.headers.get("content-security-policy") ?? "")
        .split("; ")
        .map((one) => [one.split(" ")[0] ?? "", one.split(" ").slice(1).join(" ")]),
    );
    for (const [name, element] of [
      ["script-src", "script"],
      ["style-src", "style"],
    ] as const) {
      const [[, body = ""] = [], ...more] = text.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, "gs"));
      expect(more).toEqual([]);
      expect(policy.get(name)).toBe(`'sha256-${createHash("sha256").update(body).digest("base64")}'`);
    }
    for (const name of ["default-src", "base-uri", "form-action", "frame-ancestors"])
      expect(policy.get(name)).toBe("'none'");
    expect(policy.get("connect-src")).toBe("'self'");
    expect(policy.get("img-src")).toBe("data:");
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(text.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/(?:https?:)?\/\/\w/);
    expect(text).not.toMatch(/ style=| on\w+="/);
  });

  test("has a script that JavaScript can read", () => {
    expect(new Script(pageScript)).toBeInstanceOf(Script);
  });

  test("is only read", async () => {
    await using world = await openWorld();
    for (const path of ["/", "/events"]) {
      const refused = await world.get(path, { method: "POST" });
      expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
      const head = await world.get(path, { method: "HEAD" });
      expect([head.status, head.body]).toEqual([200, null]);
    }
  });
});

describe("requests", () => {
  test("are shown the newest first, without what their queries say and not those for the page itself", async () => {
    await using world = await openWorld();
    world.page.record({ ...asked, target: "/v2/first" });
    world.page.record({ ...asked, target: "/second?token=s3cret", status: 404 });
    for (const target of ["/", "/events?after=1", "/favicon.ico"]) world.page.record({ ...asked, target });
    const [, log = ""] = /<tbody id="log">(.*)<\/tbody>/s.exec(await world.text()) ?? [];
    expect(log.match(/<tr>/g)).toHaveLength(2);
    expect(log.indexOf("second")).toBeLessThan(log.indexOf("first"));
    expect(log).not.toContain("s3cret");
  });

  test("of a thousand the last fifty are kept", async () => {
    await using world = await openWorld();
    for (let count = 0; count < 1000; count++) world.page.record(asked);
    expect((await world.text()).match(/<tr>/g)).toHaveLength(51);
  });
});

describe("events", () => {
  test("tell of a request with the row that the page would show", async () => {
    await using world = await openWorld();
    const event = await eventsAfter(world, () => world.page.record(asked));
    expect(event).toContain("event: request\n");
    const row = event.replaceAll(/^(?:data: |id: .*\n|event: .*\n)/gm, "").trim();
    expect(row).toMatch(/^<tr>.*<\/tr>$/s);
    expect(await world.text()).toContain(row);
  });

  test.each([
    ["a new file", (world: World) => world.write("components/new-1.0.0.wasm", smallComponent)],
    ["a file that goes", (world: World) => rm(join(world.folder, "components/old-1.0.0.wasm"))],
    ["a file that is not served", (world: World) => world.write("packs/nameless.gtpack", "")],
    ["another distributor.json", (world: World) => world.write("distributor.json", "{}")],
  ])("tell of %s", async (_, change) => {
    await using world = await openWorld();
    await world.write("components/old-1.0.0.wasm", smallComponent);
    await world.text();
    // The folder is new to the catalog as well.
    const first = await eventsAfter(world, () => world.write("components/other-1.0.0.wasm", smallComponent));
    expect(first).toContain("event: change\n");
    expect(await eventsAfter(world, () => change(world))).toContain("event: change\n");
  });
});
