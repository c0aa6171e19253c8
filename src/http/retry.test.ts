import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { startServer } from "../../test/support/http-server.ts";
import { startRawServer } from "../../test/support/raw-server.ts";
import { describeHttpContract } from "../../test/contracts/http-contract.ts";
import { abortedError, isDistError } from "../core/index.ts";
import { httpFromFetch } from "./fetch.ts";
import type { Http } from "./http.ts";
import { readBody } from "./read-body.ts";
import { createRetrier, type Retrier, type RetrierOptions, type Wait } from "./retrier.ts";
import { withRetry } from "./retry.ts";
import { createWireHttp } from "./wire/wire.ts";

/** A retrier whose time passes when it sleeps, and only then; every wait is half of the longest. */
interface Clock {
  readonly options: RetrierOptions;
  readonly waits: readonly Wait[];
  readonly now: () => number;
}

function createClock(attempts = 5): Clock {
  let time = Date.parse("2026-01-01T00:00:00Z");
  const waits: Wait[] = [];
  const now = (): number => time;
  const sleep = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
    if (signal?.aborted) throw abortedError(signal);
    time += ms;
  };
  const onWait = (wait: Wait): unknown => waits.push(wait);
  const options = { attempts, initialMs: 250, maxMs: 4000, random: () => 0.5, now, sleep, onWait };
  return { options, waits, now };
}

function patient(clock: Clock, retrier: Retrier = createRetrier(clock.options)): Http {
  const timeouts = { connectMs: 2000, headersMs: 60, stallMs: 60, stallBytes: 1 };
  return withRetry(createWireHttp({ userAgent: "test/1", timeouts }), retrier, clock.now);
}

describeHttpContract("withRetry", () => patient(createClock(1)));

/** How the server behaves towards one request: a status and what its Retry-After says, or a fault. */
function answer(step: string, socket: Socket): void {
  const [what = "", retryAfter] = step.split(/ (.*)/s);
  if (what === "hang") return;
  if (what === "reset") socket.resetAndDestroy();
  else if (what === "close") socket.end();
  else if (what === "half") socket.end("HTTP/1.1 200 OK\r\ncontent-len");
  else if (what === "cut") socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345");
  else if (what === "stall") socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345");
  else if (what === "garbage") socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  else if (what === "gzip")
    socket.write("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n");
  else {
    const body = retryAfter?.startsWith("{") ? retryAfter : "";
    const wish = retryAfter === undefined || body !== "" ? "" : `retry-after: ${retryAfter}\r\n`;
    socket.write(
      `HTTP/1.1 ${what} Status\r\ncontent-length: ${body.length}\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n${wish}\r\n${body}`,
    );
  }
}

const ghcr = '{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 1.5s, allowed: 44000/minute"}]}';

/**
 * What a server does, request by request (the last for ever); what comes of it; how many requests it may cost; and the
 * waits between them, in seconds.
 */
const scripts: readonly (readonly [
  steps: readonly string[],
  outcome: number | string,
  requests: number,
  waits: readonly number[],
])[] = [
  // What succeeds, or will never be otherwise, is asked for once.
  ...[
    "200",
    "204",
    "206",
    "301",
    "304",
    "307",
    "400",
    "401",
    "402",
    "403",
    "404",
    "405",
    "406",
    "409",
    "410",
  ].map((status) => [[status], Number(status), 1, []] as const),
  ...["411", "412", "413", "414", "416", "418", "422", "423", "426", "428", "431", "451"].map(
    (status) => [[status], Number(status), 1, []] as const,
  ),
  ...["501", "505", "508", "511"].map((status) => [[status], Number(status), 1, []] as const),
  // What may be otherwise is asked for again.
  ...["408", "425", "500", "502", "504", "507", "520", "522", "524", "529"].flatMap((status) => [
    [[status, "200"], 200, 2, [0.13]] as const,
    [[status], Number(status), 5, [0.13, 0.25, 0.5, 1]] as const,
  ]),
  [["503", "200"], 200, 2, [0.13]],
  [["503"], 503, 5, [0.13, 0.25, 0.5, 1]],
  [["429", "200"], 200, 2, [0.13]],
  [["429"], 429, 5, [0.13, 0.25, 0.5, 1]],
  [["500", "502", "503", "504", "200"], 200, 5, [0.13, 0.25, 0.5, 1]],
  [["500", "502", "503", "504", "404"], 404, 5, [0.13, 0.25, 0.5, 1]],
  [["503", "404"], 404, 2, [0.13]],
  [["500", "401"], 401, 2, [0.13]],
  [["500", "501"], 501, 2, [0.13]],
  // The server's wish: seconds, a date, GHCR's text; too long is final; nonsense is no wish.
  [["429 0", "200"], 200, 2, [0.13]],
  [["429 1", "200"], 200, 2, [1.13]],
  [["503 7", "200"], 200, 2, [7.13]],
  [["503 60", "200"], 200, 2, [60.13]],
  [["429 60", "429 60", "200"], 200, 3, [60.13, 60.13]],
  [["429 5"], 429, 5, [5.13, 5.13, 5.13, 5.13]],
  [["429 61"], 429, 1, []],
  [["503 61"], 503, 1, []],
  [["429 1", "429 3600"], 429, 2, [1.13]],
  [["429 1000000000000"], 429, 1, []],
  [["429 Thu, 01 Jan 2026 00:00:30 GMT", "200"], 200, 2, [30.13]],
  [["503 Thu, 01 Jan 2026 00:00:02 GMT", "200"], 200, 2, [2.13]],
  [["429 Wed, 31 Dec 2025 00:00:00 GMT", "200"], 200, 2, [0.13]],
  [["429 Thu, 01 Jan 2026 01:00:00 GMT"], 429, 1, []],
  [["429 soon", "200"], 200, 2, [0.13]],
  [["429 -1", "200"], 200, 2, [0.13]],
  [["429 1e3", "200"], 200, 2, [0.13]],
  [[`429 ${ghcr}`, "200"], 200, 2, [1.63]],
  [[`429 ${ghcr.replace("1.5s", "454us")}`, "200"], 200, 2, [0.13]],
  [[`429 ${ghcr.replace("1.5s", "2h")}`], 429, 1, []],
  // Only an overloaded server is listened to.
  [["500 30", "200"], 200, 2, [0.13]],
  // Connections that break are made again.
  [["reset", "200"], 200, 2, [0.13]],
  [["reset"], "NETWORK", 5, [0.13, 0.25, 0.5, 1]],
  [["close", "200"], 200, 2, [0.13]],
  [["close"], "NETWORK", 5, [0.13, 0.25, 0.5, 1]],
  [["half", "200"], 200, 2, [0.13]],
  [["cut", "200"], 200, 2, [0.13]],
  [["cut"], "NETWORK", 5, [0.13, 0.25, 0.5, 1]],
  [["reset", "close", "503", "429 2", "200"], 200, 5, [0.13, 0.25, 0.5, 2.13]],
  [["reset", "404"], 404, 2, [0.13]],
  // Too slow twice is too slow.
  [["hang", "200"], 200, 2, [0.13]],
  [["hang"], "TIMEOUT", 2, [0.13]],
  [["hang", "503", "hang"], "TIMEOUT", 3, [0.13, 0.25]],
  [["hang", "reset", "200"], 200, 3, [0.13, 0.25]],
  [["stall", "200"], 200, 2, [0.13]],
  [["stall"], "TIMEOUT", 2, [0.13]],
  // What is no HTTP, or not what was asked for, is that the next time too.
  [["garbage"], "NETWORK", 1, []],
  [["gzip"], "NETWORK", 1, []],
  [["503", "garbage"], "NETWORK", 2, [0.13]],
];

test.each(scripts.map((script) => [script[0].join(", then "), ...script] as const))(
  "a server that does %s",
  async (_, steps, outcome, requests, waits) => {
    const left = [...steps];
    await using server = await startRawServer((socket) => {
      const step = left.length > 1 ? left.shift() : left[0];
      answer(step ?? "", socket);
    });
    const clock = createClock();
    expect(await outcomeOf(patient(clock), server.url)).toEqual({
      outcome,
      attempts: requests > 1 ? requests : undefined,
    });
    expect(server.requests).toHaveLength(requests);
    expect(clock.waits.map(({ seconds }) => seconds)).toEqual(waits);
  },
);

test("there are more than sixty such scripts", () => {
  expect(scripts.length).toBeGreaterThan(60);
});

test("each wait says for whom, for how long, why and what comes next", async () => {
  const steps = ["reset", "503", "429 2", "200"];
  await using server = await startRawServer((socket) => answer(steps.shift() ?? "", socket));
  const clock = createClock();
  await outcomeOf(patient(clock), server.url);
  const { host: subject } = new URL(server.url);
  expect(clock.waits).toEqual([
    {
      for: "retry",
      subject,
      seconds: 0.13,
      detail: `${subject} broke the connection off; attempt 2 of 5 follows`,
    },
    { for: "retry", subject, seconds: 0.25, detail: `${subject} answered 503; attempt 3 of 5 follows` },
    { for: "rate-limit", subject, seconds: 2.13, detail: `${subject} answered 429; attempt 4 of 5 follows` },
  ]);
});

test("the error of the last attempt says how many there were", async () => {
  await using server = await startRawServer((socket) => answer("reset", socket));
  const { host } = new URL(server.url);
  await expect(
    patient(createClock(3)).send({ method: "GET", url: new URL(server.url) }),
  ).rejects.toMatchObject({
    code: "NETWORK",
    message: `${host} broke the connection off (after 3 attempts)`,
    details: { attempts: 3, method: "GET" },
    cause: { code: "ECONNRESET" },
  });
});

test("what changes something at the server is sent again only where it cannot have arrived, or was turned away", async () => {
  const url = new URL("http://127.0.0.1:1/");
  const body = new Uint8Array(3);
  const refused = createClock();
  await expect(patient(refused).send({ method: "POST", url, body })).rejects.toMatchObject({
    details: { attempts: 5 },
  });
  for (const [steps, requests] of [
    [["503", "200"], 2],
    [["429", "200"], 2],
    [["500"], 1],
    [["502"], 1],
    [["reset"], 1],
    [["hang"], 1],
  ] as const) {
    const left: string[] = [...steps];
    await using server = await startRawServer((socket) => answer(left.shift() ?? "hang", socket));
    await Promise.allSettled([patient(createClock()).send({ method: "POST", url: new URL(server.url) })]);
    expect(server.requests).toHaveLength(requests);
  }
});

test.each([
  ["EAI_AGAIN", 5],
  ["ECONNREFUSED", 5],
  ["ECONNRESET", 5],
  ["EHOSTUNREACH", 5],
  ["ENETUNREACH", 5],
  ["EPIPE", 5],
  ["ETIMEDOUT", 5],
  ["UND_ERR_SOCKET", 5],
  ["ENOTFOUND", 1],
  ["EPROTO", 1],
  ["ERR_SSL_WRONG_VERSION_NUMBER", 1],
  ["ERR_TLS_CERT_ALTNAME_INVALID", 1],
  ["CERT_HAS_EXPIRED", 1],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", 1],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", 1],
  ["EACCES", 1],
])("after %s there are %d attempts", async (code, attempts) => {
  const clock = createClock();
  let sent = 0;
  const broken = httpFromFetch(async () => {
    sent += 1;
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
  });
  const http = withRetry(broken, createRetrier(clock.options), clock.now);
  await expect(http.send({ method: "GET", url: new URL("http://a.test/") })).rejects.toMatchObject({
    code: "NETWORK",
  });
  expect(sent).toBe(attempts);
});

test("an overloaded host is left alone by all requests, and other hosts are not", async () => {
  let refusals = 1;
  await using busy = await startServer(async () =>
    refusals-- > 0
      ? new Response(null, { status: 429, headers: { "retry-after": "20" } })
      : new Response("fine"),
  );
  await using idle = await startServer(async () => new Response("fine"));
  const clock = createClock();
  const alarms: (() => void)[] = [];
  let fallAsleep: (() => void) | undefined;
  const asleep = new Promise<void>((resolve) => (fallAsleep = resolve));
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      alarms.push(() => void clock.options.sleep(ms, undefined).then(resolve));
      fallAsleep?.();
    });
  const retrier = createRetrier({ ...clock.options, sleep });
  const http = patient(clock, retrier);
  const first = http.send({ method: "GET", url: new URL(busy.url) });
  await asleep;
  const others = [1, 2, 3].map(() => http.send({ method: "GET", url: new URL(busy.url) }));
  expect((await http.send({ method: "GET", url: new URL(idle.url) })).status).toBe(200);
  expect(alarms).toHaveLength(4);
  expect(busy.requests).toHaveLength(1);
  for (const ring of alarms.splice(0)) ring();
  const answers = await Promise.all([first, ...others]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(clock.waits).toHaveLength(1);
});

test("in an outage a client soon stops to try again, and starts again when things work", async () => {
  let isDown = true;
  await using server = await startServer(async () => new Response(null, { status: isDown ? 500 : 200 }));
  const clock = createClock();
  const http = patient(clock);
  const ask = () => outcomeOf(http, server.url);
  for (let i = 0; i < 40; i++) expect(await ask()).toMatchObject({ outcome: 500 });
  expect(server.requests).toHaveLength(40 + 50);
  isDown = false;
  for (let i = 0; i < 8; i++) await ask();
  isDown = true;
  server.clearLog();
  expect(await ask()).toEqual({ outcome: 500, attempts: 5 });
  expect(await ask()).toEqual({ outcome: 500, attempts: undefined });
});

test("who waits can be stopped at once", async () => {
  await using server = await startRawServer((socket) => answer("429 50", socket));
  const clock = createClock();
  const stop = new AbortController();
  const onWait = (): void => stop.abort(new Error("enough"));
  const http = patient(clock, createRetrier({ ...clock.options, onWait }));
  const sent = http.send({ method: "GET", url: new URL(server.url), signal: stop.signal });
  await expect(sent).rejects.toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
  expect(server.requests).toHaveLength(1);
});

test("a clock that stands still holds up nobody", async () => {
  const steps = ["429 5", "200"];
  await using server = await startRawServer((socket) => answer(steps.shift() ?? "", socket));
  const clock = createClock();
  const http = patient(clock, createRetrier({ ...clock.options, sleep: () => Promise.resolve() }));
  expect((await http.send({ method: "GET", url: new URL(server.url) })).status).toBe(200);
});

async function outcomeOf(http: Http, url: string): Promise<object> {
  try {
    const response = await http.send({ method: "GET", url: new URL(url), bufferBytes: 100 });
    await readBody(response, 1000);
    return { outcome: response.status, attempts: response.attempts };
  } catch (error) {
    if (!isDistError(error, "NETWORK") && !isDistError(error, "TIMEOUT")) throw error;
    return { outcome: error.code, attempts: error.details.attempts };
  } finally {
    http.close();
  }
}
