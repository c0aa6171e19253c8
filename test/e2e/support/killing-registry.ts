import { type Registry, startRegistry } from "../../support/registry.ts";

/** A registry that kills whoever works with it, at a moment of one's choice. */
export interface KillingRegistry extends Registry {
  /**
   * Does `work`, whose signal aborts at the moment with this number, from 1 on. A moment is before and after each request,
   * and after each piece of a body.
   * @returns what it brought, and how many moments there were
   */
  readonly killAt: <T>(
    moment: number,
    work: (signal: AbortSignal) => Promise<T>,
  ) => Promise<{ readonly result: T; readonly moments: number }>;
}

/**
 * Starts a {@link KillingRegistry}.
 * @param pieceBytes how long the pieces of bodies are
 */
export async function startKillingRegistry(pieceBytes: number): Promise<KillingRegistry> {
  let moment = 0;
  let until = Infinity;
  let kill = new AbortController();
  const pass = (): void => {
    moment += 1;
    if (moment === until) kill.abort();
  };
  const watch = (body: ReadableStream<Uint8Array> | null): ReadableStream<Uint8Array> | null =>
    body === null ? null : ReadableStream.from(watched(body, pieceBytes, pass));
  const registry = await startRegistry({
    wrap: (handler) => async (request) => {
      pass();
      const body = watch(request.body);
      const init = body === null ? {} : { body, duplex: "half" as const };
      const { method, headers, url } = request;
      const response = await handler(new Request(url, { method, headers, ...init }));
      pass();
      return new Response(watch(response.body), response);
    },
  });
  return Object.assign(registry, {
    async killAt<T>(at: number, work: (signal: AbortSignal) => Promise<T>) {
      [moment, until, kill] = [0, at, new AbortController()];
      const result = await work(kill.signal);
      until = Infinity;
      return { result, moments: moment };
    },
  });
}

/** `body`, with a call after each `step` bytes of it. */
async function* watched(
  body: ReadableStream<Uint8Array>,
  step: number,
  pass: () => void,
): AsyncGenerator<Uint8Array, void> {
  let seen = 0;
  for await (const chunk of body) {
    const before = Math.floor(seen / step);
    seen += chunk.length;
    for (let i = before; i < Math.floor(seen / step); i++) pass();
    yield chunk;
  }
}
