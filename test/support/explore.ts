/** What a process does when it is its turn. */
export type Step = "go" | "die";

/** One choice of the explorer: which process takes its next step, or dies instead of taking it. */
export interface Move {
  readonly process: number;
  readonly step: Step;
}

/** Makes one process wait before each thing it does until the explorer lets it go on. */
export class Turnstile {
  #proceed: ((step: Step) => void) | undefined;
  done = false;
  /** What it has seen so far: with the shared state, all that its future depends on. */
  readonly seen: string[] = [];

  get waiting(): boolean {
    return this.#proceed !== undefined;
  }

  /** Says that what was seen so far does not count any more. */
  forget(): void {
    this.seen.length = 0;
  }

  /** Does `work` when it is this process's turn; never, when it dies instead. */
  async at<T>(name: string, work: () => T): Promise<T> {
    const step = await new Promise<Step>((resolve) => {
      this.#proceed = resolve;
    });
    if (step === "die") await new Promise<never>(() => undefined);
    const result = work();
    this.seen.push(`${name} ${JSON.stringify(result)}`);
    return result;
  }

  release(step: Step): void {
    const proceed = this.#proceed;
    this.#proceed = undefined;
    proceed?.(step);
  }
}

/** Processes that share something, in the orders in which they can take their steps. */
export interface Model<S> {
  /** What they share before anything has happened. */
  readonly start: () => S;
  readonly processes: readonly ((shared: S, me: number, turn: Turnstile) => Promise<void>)[];
  /** What they share, as text: worlds that read the same have the same future. */
  readonly keyOf: (shared: S) => unknown;
  readonly die: (shared: S, process: number) => void;
  /** How many of them may die. */
  readonly deaths: number;
  /** What is wrong with a world, if anything. Called for every one. */
  readonly complaintAbout: (world: World<S>) => string | undefined;
}

/** One moment of a {@link Model}. */
export interface World<S> {
  readonly shared: S;
  readonly turns: readonly Turnstile[];
  /** Whether no process has a step left to take. */
  readonly isEnd: boolean;
  readonly died: ReadonlySet<number>;
}

/** What came of {@link explore}. */
export interface Explored {
  readonly states: number;
  /** What went wrong, with the moves that lead there. */
  readonly violations: readonly string[];
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Starts all processes and lets them take these steps. */
async function replay<S>({ start, processes, die }: Model<S>, moves: readonly Move[]): Promise<World<S>> {
  const shared = start();
  const turns = processes.map(() => new Turnstile());
  for (const [me, process] of processes.entries()) {
    const turn = turns[me];
    if (turn !== undefined) void process(shared, me, turn).then(() => (turn.done = true));
  }
  await settle();
  const died = new Set<number>();
  for (const { process, step } of moves) {
    if (step === "die") {
      died.add(process);
      die(shared, process);
    }
    turns[process]?.release(step);
    await settle();
  }
  return { shared, turns, died, isEnd: turns.every(({ waiting }) => !waiting) };
}

/** Goes through all orders in which the processes of a model can take their steps. */
export async function explore<S>(model: Model<S>): Promise<Explored> {
  const violations: string[] = [];
  const leadsTo = new Map<string, string[]>();
  const ends: string[] = [];
  const open: { readonly moves: readonly Move[]; readonly from: string | undefined }[] = [
    { moves: [], from: undefined },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { moves, from } = next;
    const world = await replay(model, moves);
    const { turns, died, isEnd } = world;
    // A process that only waits has forgotten what it saw before.
    const key = JSON.stringify([
      model.keyOf(world.shared),
      [...died],
      turns.map(({ seen, done }) => [done, seen]),
    ]);
    const known = leadsTo.get(key);
    if (known !== undefined) {
      if (from !== undefined) known.push(from);
      continue;
    }
    leadsTo.set(key, from === undefined ? [] : [from]);
    const isStuck = isEnd && turns.some(({ done }, i) => !done && !died.has(i));
    const complaint = model.complaintAbout(world) ?? (isStuck ? "a process that waits for ever" : undefined);
    if (complaint !== undefined) violations.push(`${complaint}: ${JSON.stringify(moves)}`);
    if (isEnd) ends.push(key);
    for (const [process, { waiting }] of turns.entries()) {
      if (!waiting) continue;
      open.push({ moves: [...moves, { process, step: "go" }], from: key });
      if (died.size < model.deaths) open.push({ moves: [...moves, { process, step: "die" }], from: key });
    }
  }
  const ending = new Set(ends);
  for (const key of ending) for (const before of leadsTo.get(key) ?? []) ending.add(before);
  const stuck = [...leadsTo.keys()].filter((key) => !ending.has(key));
  if (stuck.length > 0) violations.push(`${stuck.length} states from which nobody gets to an end`);
  return { states: leadsTo.size, violations };
}
