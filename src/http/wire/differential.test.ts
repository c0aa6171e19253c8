import { Agent, request as nodeRequest, type RequestOptions } from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fuzzedResponse, type FuzzedResponse, seededRandom } from "../../../test/support/fuzzed-responses.ts";
import { isDistError } from "../../core/index.ts";
import { readBody } from "../read-body.ts";
import type { ByteSource } from "./byte-source.ts";
import { MalformedResponse } from "./malformed.ts";
import { receiveHead } from "./receive-head.ts";
import { createWireHttp } from "./wire.ts";
import { WireBody } from "./wire-body.ts";

/** What a client made of a response; `undefined` when it refused it. */
type Verdict = { readonly status: number; readonly body: string } | undefined;

/** As many header bytes as the wire takes; everything else about Node's parser is as it comes. */
const maxHeaderSize = 64 * 1024;

const anyLength = Number.MAX_SAFE_INTEGER;

const inMemory = { first: 1, count: 24_000 };
const onSockets = { first: 1_000_001, count: 600 };

const server = createServer(answer);

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => server.close());

test("the wire accepts nothing that Node's parser refuses, and reads the same body where both accept", async () => {
  const tally = await compare(inMemory, nodeInMemory, wireInMemory);
  console.log(`${inMemory.count} responses in memory: ${JSON.stringify(tally)}`);
  expect(tally.bothAccept).toBeGreaterThan(inMemory.count / 2);
  expect(tally.bothRefuse).toBeGreaterThan(inMemory.count / 4);
  expect(tally.onlyWeRefuse).toBeLessThan(inMemory.count / 20);
});

test("the same holds for responses that come over sockets", async () => {
  const tally = await compare(onSockets, nodeOnSocket, wireOnSocket);
  console.log(`${onSockets.count} responses over sockets: ${JSON.stringify(tally)}`);
  expect(tally.bothAccept).toBeGreaterThan(onSockets.count / 2);
  expect(tally.bothRefuse).toBeGreaterThan(onSockets.count / 4);
});

type Client = (response: FuzzedResponse, seed: number) => Promise<Verdict>;

async function compare({ first, count }: typeof inMemory, node: Client, wire: Client) {
  const tally = { bothAccept: 0, bothRefuse: 0, onlyWeRefuse: 0 };
  const violations: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const response = fuzzedResponse(seededRandom(seed));
    const [theirs, ours] = await Promise.all([node(response, seed), wire(response, seed)]);
    if (ours === undefined) tally[theirs === undefined ? "bothRefuse" : "onlyWeRefuse"]++;
    else if (theirs?.status === ours.status && theirs.body === ours.body) tally.bothAccept++;
    else violations.push(describeCase(seed, response));
  }
  expect(violations).toEqual([]);
  return tally;
}

function describeCase(seed: number, { method, pieces }: FuzzedResponse): string {
  const text = pieces.map((piece) => JSON.stringify(piece.toString("latin1"))).join(" | ");
  return `seed ${seed}, ${method}: ${text}`;
}

async function wireInMemory({ method, pieces }: FuzzedResponse): Promise<Verdict> {
  const source = sourceOf(pieces);
  try {
    const { status, framing } = await receiveHead(source, method !== "HEAD");
    const body = new WireBody({ source, framing, signal: undefined, failure: asIs, onEnd: () => undefined });
    const bytes = await readBody(
      { status, header: () => undefined, body, discard: () => body.discard() },
      anyLength,
    );
    return { status, body: Buffer.from(bytes).toString("latin1") };
  } catch (error) {
    if (error instanceof MalformedResponse) return undefined;
    throw error;
  }
}

function asIs(error: unknown): unknown {
  return error;
}

/** The harshest source there is: no view ever reaches over a cut. */
function sourceOf(pieces: readonly Buffer[]): ByteSource {
  const rest = [...pieces];
  let view: Buffer = Buffer.alloc(0);
  return {
    view: () => view,
    consume: (length) => {
      view = view.subarray(length);
    },
    more: async () => {
      const next = rest.shift();
      view = next ?? view;
      return next !== undefined;
    },
  };
}

function nodeInMemory({ method, pieces }: FuzzedResponse): Promise<Verdict> {
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  return nodeVerdict({ method, createConnection: () => socket }, () => {
    for (const piece of pieces) socket.push(piece);
    socket.push(null);
  });
}

const wireHttp = createWireHttp({ userAgent: "test" });

async function wireOnSocket({ method }: FuzzedResponse, seed: number): Promise<Verdict> {
  try {
    const response = await wireHttp.send({ method, url: new URL(`/${seed}`, serverUrl()) });
    const body = Buffer.from(await readBody(response, anyLength)).toString("latin1");
    return { status: response.status, body };
  } catch (error) {
    if (isDistError(error, "NETWORK")) return undefined;
    throw error;
  }
}

function nodeOnSocket({ method }: FuzzedResponse, seed: number): Promise<Verdict> {
  const { hostname, port } = serverUrl();
  return nodeVerdict({ method, hostname, port, path: `/${seed}`, agent: new Agent() }, () => undefined);
}

/** Node refuses unless it says that the response is complete; what it thinks of bytes beyond the end is no matter. */
function nodeVerdict(options: RequestOptions, onSent: () => void): Promise<Verdict> {
  return new Promise((resolve) => {
    const request = nodeRequest({ ...options, maxHeaderSize });
    let verdict: Verdict;
    request.on("response", (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (text: string) => (body += text));
      response.on("error", () => undefined);
      response.on("end", () => {
        if (response.complete) verdict = { status: response.statusCode ?? 0, body };
      });
    });
    request.on("error", () => undefined);
    request.on("close", () => setImmediate(() => resolve(verdict)));
    request.end(onSent);
  });
}

function serverUrl(): URL {
  const { port } = server.address() as AddressInfo;
  return new URL(`http://127.0.0.1:${port}`);
}

/** Writes the response of the seed in the request's path, each piece on its own, and hangs up. */
function answer(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.once("data", (head: Buffer) => {
    const seed = Number(/ \/(\d+) /.exec(head.toString("latin1"))?.[1]);
    const pieces = [...fuzzedResponse(seededRandom(seed)).pieces];
    const step = (): void => {
      const piece = pieces.shift();
      if (piece === undefined) socket.end();
      else socket.write(piece, () => setImmediate(step));
    };
    step();
  });
}
