import { expect, test } from "vitest";
import { createEventHub, type EventHub } from "./event-hub.ts";

const open = (options: Partial<Parameters<typeof createEventHub>[0]> = {}): EventHub =>
  createEventHub({ maxListeners: 2, maxReplayed: 3, heartbeatMs: 60_000, ...options });

/** Reads events as a client does that takes each chunk as it comes. */
function listen(hub: EventHub, lastSeen?: string) {
  const reader = hub.respond(lastSeen).body!.getReader();
  const next = async (): Promise<string | undefined> => {
    const { value } = await reader.read();
    return value === undefined ? undefined : new TextDecoder().decode(value);
  };
  return { next, leave: () => reader.cancel() };
}

const told = (text: string | undefined): readonly string[] =>
  [...(text ?? "").matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, event, data]) => `${event} ${data}`);

test("a listener hears what is told after it came, and the lines of a text as lines", async () => {
  using hub = open();
  const { next } = listen(hub, hub.lastId());
  expect(await next()).toBe("retry: 1000\n\n");
  hub.publish("request", "one\r\ntwo\nthree\rfour");
  expect(await next()).toBe(
    `id: ${hub.lastId()}\nevent: request\ndata: one\ndata: two\ndata: three\ndata: four\n\n`,
  );
});

test("who comes back hears what it missed, once", async () => {
  using hub = open();
  hub.publish("request", "1");
  const seen = hub.lastId();
  hub.publish("request", "2");
  hub.publish("change", "");
  expect(told(await listen(hub, seen).next())).toEqual(["request 2", "change "]);
  expect(told(await listen(hub, hub.lastId()).next())).toEqual([]);
});

test("who was away for too long, or listened to another run, hears what is kept, and that everything may have changed", async () => {
  using former = open();
  using hub = open();
  former.publish("request", "other");
  for (const text of ["1", "2", "3", "4"]) hub.publish("request", text);
  const all = ["request 2", "request 3", "request 4", "change "];
  const late = listen(hub, former.lastId());
  expect(told(await late.next())).toEqual(all);
  await late.leave();
  expect(told(await listen(hub).next())).toEqual(all);
});

test("the id of that change is known: coming back with it brings nothing twice", async () => {
  using hub = open();
  const first = await listen(hub, "unknown").next();
  const id = /^id: (.*)$/m.exec(first ?? "")?.[1];
  expect(told(await listen(hub, id).next())).toEqual([]);
});

test("more listeners than allowed are told to come later, and find a place when one has left", async () => {
  using hub = open();
  const [one] = [listen(hub), listen(hub)];
  const refused = hub.respond(undefined);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "30"]);
  await one.leave();
  expect(hub.respond(undefined).status).toBe(200);
});

test("a listener that does not read is let go when too much waits for it, and makes room", async () => {
  using hub = open({ maxListeners: 1 });
  const slow = listen(hub, hub.lastId());
  for (let count = 0; count < 300; count++) hub.publish("request", String(count));
  expect(hub.respond(undefined).status).toBe(200);
  const frames: string[] = [];
  for (let frame = await slow.next(); frame !== undefined; frame = await slow.next()) frames.push(frame);
  expect(frames.length).toBeLessThan(300);
  expect(frames.slice(1).map((frame) => told(frame)[0])).toEqual(
    frames.slice(1).map((_, index) => `request ${index}`),
  );
});

test("listeners get a comment when nothing happens", async () => {
  using hub = open({ heartbeatMs: 5 });
  const { next } = listen(hub, hub.lastId());
  await next();
  expect(await next()).toBe(":\n\n");
});

test("closing it ends every stream", async () => {
  const hub = open();
  const { next } = listen(hub, hub.lastId());
  await next();
  hub[Symbol.dispose]();
  expect(await next()).toBeUndefined();
});
