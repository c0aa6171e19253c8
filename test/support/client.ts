import { DistClient, type DistClientOptions, type DistEvent } from "../../src/index.ts";

/** A {@link DistClient} that reads nothing around it, and what it said. */
export interface TestClient extends AsyncDisposable {
  readonly client: DistClient;
  readonly events: readonly DistEvent[];
  /** What `onTrace` heard. */
  readonly lines: readonly string[];
  /** The codes of the warnings among the events. */
  readonly warnings: () => readonly string[];
  /** The messages of the warnings among the events. */
  readonly warned: () => readonly string[];
}

/** Opens a client on a cache folder; `options` may set everything but that. Nothing is tried again unless they say so. */
export function openClient(cacheDir: string, options: Omit<DistClientOptions, "cacheDir"> = {}): TestClient {
  const events: DistEvent[] = [];
  const lines: string[] = [];
  const { onEvent, ...rest } = options;
  const client = new DistClient({
    env: {},
    cacheDir,
    // A fault is put in to see what it does, not what comes after it.
    retry: { attempts: 1 },
    onTrace: (line) => lines.push(line),
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
    ...rest,
  });
  const heard = () => events.filter((event) => event.event === "warning");
  return {
    client,
    events,
    lines,
    warnings: () => heard().map(({ code }) => code),
    warned: () => heard().map(({ message }) => message),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
