import { expect, test } from "vitest";
import { bytesOf } from "./artifacts.ts";
import {
  acceptNoReply,
  appendBytes,
  compose,
  cutBody,
  flipByte,
  isBlob,
  isManifest,
  lyingDigestHeader,
  redirect,
  requireBasic,
  requireToken,
  slowDrip,
  statusScript,
  wrongLength,
} from "./faults.ts";
import type { Wrap } from "./http-server.ts";
import { type Registry, startRegistry } from "./registry.ts";

const bytes = bytesOf(1000, "faults");

test("gives each answer of a script once, to the first request that it matches", async () => {
  await using registry = await startRegistry({
    wrap: statusScript([
      { match: isBlob, status: 429, headers: { "retry-after": "1" }, body: "later" },
      { match: isManifest, status: 500 },
      { match: isBlob, status: 503 },
    ]),
  });
  const url = pushedBlob(registry);
  const first = await fetch(url);
  expect([first.status, first.headers.get("retry-after"), await first.text()]).toEqual([429, "1", "later"]);
  expect((await fetch(url, { method: "HEAD" })).status).toBe(503);
  expect((await fetch(url)).status).toBe(200);
});

test("cuts a body at the byte that was named", async () => {
  for (const atByte of [0, 1, 999]) {
    await using registry = await startRegistry({ wrap: cutBody(isBlob, atByte) });
    const response = await fetch(pushedBlob(registry));
    expect(response.headers.get("content-length")).toBe("1000");
    await expect(response.arrayBuffer()).rejects.toThrow("terminated");
    expect(registry.requests[0]?.bytesSent).toBe(atByte);
  }
});

test("alters a body and what is said of it", async () => {
  const flipped = bytes.slice();
  flipped[500]! ^= 0xff;
  const cases: readonly [Wrap, Uint8Array][] = [
    [flipByte(isBlob, 500), flipped],
    [appendBytes(isBlob, bytes), Buffer.concat([bytes, bytes])],
    [wrongLength(isBlob, -1), bytes.subarray(0, 999)],
    [slowDrip(isBlob, { bytes: 300, everyMs: 1 }), bytes],
    [compose(slowDrip(isBlob, { bytes: 300, everyMs: 1 }), flipByte(isBlob, 500)), flipped],
  ];
  for (const [wrap, expected] of cases) {
    await using registry = await startRegistry({ wrap });
    const received = await (await fetch(pushedBlob(registry))).arrayBuffer();
    expect(Buffer.from(received).equals(expected)).toBe(true);
  }
});

test("breaks off a body that is shorter than its Content-Length", async () => {
  await using registry = await startRegistry({ wrap: wrongLength(isBlob, 1) });
  await expect((await fetch(pushedBlob(registry))).arrayBuffer()).rejects.toThrow("terminated");
});

test("lies about a digest, and sends clients elsewhere", async () => {
  await using registry = await startRegistry({
    wrap: compose(
      redirect(
        ({ path }) => path.startsWith("/v2/old/"),
        (url) => url.pathname.replace("old", "new"),
      ),
      lyingDigestHeader(isManifest, "sha256:lie"),
    ),
  });
  registry.pushManifest("new", "1.0", {});
  const response = await fetch(`${registry.url}/v2/old/manifests/1.0`);
  expect(response.headers.get("docker-content-digest")).toBe("sha256:lie");
  expect(registry.requests.map(({ status }) => status)).toEqual([307, 200]);
});

test("lets a request hang until the client or the test gives up", async () => {
  await using registry = await startRegistry({ wrap: acceptNoReply(isBlob) });
  const url = pushedBlob(registry);
  await expect(fetch(url, { signal: AbortSignal.timeout(100) })).rejects.toThrow("timeout");
  expect(registry.requests[0]).toMatchObject({ status: undefined, bytesSent: 0 });
  void fetch(url).catch(() => {});
});

test("lets in whoever shows the login", async () => {
  await using registry = await startRegistry({ wrap: requireBasic({ user: "ada", password: "secret" }) });
  const url = pushedBlob(registry);
  const refused = await fetch(url);
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="registry"']);
  const authorization = `Basic ${btoa("ada:secret")}`;
  expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
  expect(registry.requests[1]?.headers.authorization).toBe(authorization);
});

test("lets in whoever brings a token that was granted for the repository", async () => {
  const options = { realmPath: "/token", service: "test", user: "ada", password: "secret" };
  await using registry = await startRegistry({ wrap: requireToken(options) });
  const url = pushedBlob(registry);
  const challenge = (await fetch(url)).headers.get("www-authenticate");
  const scope = "repository:example/hello:pull";
  expect(challenge).toBe(`Bearer realm="${registry.url}/token",service="test",scope="${scope}"`);
  const tokenUrl = `${registry.url}/token?service=test&scope=`;
  expect((await fetch(tokenUrl + scope)).status).toBe(401);
  const get = async (granted: string): Promise<number> => {
    const login = { authorization: `Basic ${btoa("ada:secret")}` };
    const { token } = (await (await fetch(tokenUrl + granted, { headers: login })).json()) as {
      token: string;
    };
    return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
  };
  expect(await get(scope)).toBe(200);
  expect(await get("repository:example/hello:pull,push")).toBe(200);
  expect(await get("repository:example/other:pull")).toBe(401);
});

function pushedBlob(registry: Registry): string {
  const { digest } = registry.pushBlob("example/hello", bytes);
  return `${registry.url}/v2/example/hello/blobs/${digest}`;
}
