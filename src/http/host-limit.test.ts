import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startServer } from "../../test/support/http-server.ts";
import { describeHttpContract } from "../../test/contracts/http-contract.ts";
import { withHostLimit } from "./host-limit.ts";
import type { Http } from "./http.ts";
import { readBody } from "./read-body.ts";
import { createWireHttp } from "./wire/wire.ts";

const limited = (perHost: number): Http => withHostLimit(createWireHttp({ userAgent: "test/1" }), perHost);

describeHttpContract("withHostLimit", () => limited(1));

test("no more exchanges than allowed are under way at a time, and all get their turn", async () => {
  let underWay = 0;
  let most = 0;
  await using server = await startServer(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await sleep(5);
    underWay -= 1;
    return new Response("hello");
  });
  const http = limited(3);
  const url = new URL(server.url);
  const bodies = await Promise.all(
    Array.from({ length: 20 }, async () => readBody(await http.send({ method: "GET", url }), 100)),
  );
  expect(bodies.map((body) => body.length)).toEqual(Array.from({ length: 20 }, () => 5));
  expect(most).toBe(3);
  expect(server.connections).toBeLessThanOrEqual(3);
  http.close();
});

test("a body that is given up, half read or failed makes room for the next", async () => {
  await using server = await startServer(async () => new Response(new Uint8Array(100_000)));
  const http = limited(1);
  const url = new URL(server.url);
  (await http.send({ method: "GET", url })).discard();
  for await (const chunk of (await http.send({ method: "GET", url })).body) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  await expect(http.send({ method: "GET", url: new URL("http://127.0.0.1:1/") })).rejects.toMatchObject({
    code: "NETWORK",
  });
  await expect(http.send({ method: "GET", url: new URL("http://127.0.0.1:1/") })).rejects.toMatchObject({
    code: "NETWORK",
  });
  const last = await http.send({ method: "GET", url });
  expect((await readBody(last, 200_000)).length).toBe(100_000);
  http.close();
});

test("who waits for a turn can be stopped, and is passed over", async () => {
  await using server = await startServer(async () => new Response("hello"));
  const http = limited(1);
  const url = new URL(server.url);
  const first = await http.send({ method: "GET", url });
  const stop = new AbortController();
  const second = http.send({ method: "GET", url, signal: stop.signal });
  const third = http.send({ method: "GET", url });
  stop.abort();
  await expect(second).rejects.toMatchObject({ code: "ABORTED" });
  await readBody(first, 100);
  expect((await readBody(await third, 100)).length).toBe(5);
  http.close();
});
