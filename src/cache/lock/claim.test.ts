import { expect, test } from "vitest";
import { claimLock, type LockFiles, type LockState } from "./claim.ts";

/** Everything that processes share: the generations of a lock, and whether the thing it is about is there. */
interface Shared {
  readonly generations: Map<number, { readonly owner: number; released: boolean }>;
  published: boolean;
  downloads: number;
  readonly dead: Set<number>;
  /** Those between getting the lock and publishing. */
  readonly working: Set<number>;
  /** The most live processes that worked at once. */
  together: number;
}

type Step = "go" | "die";

/** One choice of the explorer: which process takes its next step, or dies instead of taking it. */
interface Move {
  readonly process: number;
  readonly step: Step;
}

/** Makes one process wait before each thing it does until the explorer lets it go on. */
class Turnstile {
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

/** Died before all others began, and left a generation behind. */
const predecessor = -1;

function isDead({ dead }: Shared, process: number): boolean {
  return process === predecessor || dead.has(process);
}

function filesOf(shared: Shared, me: number, turn: Turnstile): LockFiles {
  const { generations } = shared;
  return {
    list: () =>
      turn.at("list", () => {
        // But for the look after a claim, an attempt begins here, and remembers nothing.
        if (turn.seen.at(-1) !== "claim true") turn.forget();
        return [...generations.keys()].toSorted((a, b) => a - b);
      }),
    read: (n) =>
      turn.at("read", (): LockState | undefined => {
        const found = generations.get(n);
        if (found === undefined) return undefined;
        const holder = { owner: { pid: found.owner }, receivedBytes: 0, modifiedMs: 0 };
        return found.released ? { kind: "released" } : { kind: "held", holder };
      }),
    claim: (n) =>
      turn.at("claim", () => {
        if (generations.has(n)) return false;
        generations.set(n, { owner: me, released: false });
        return true;
      }),
    remove: (n) => turn.at("remove", () => void generations.delete(n)),
  };
}

interface Behaviour {
  readonly fails: boolean;
  /** Deletes its generation though nothing was published, so that numbers are used again. */
  readonly mistake: boolean;
}

/** What every process does: get the lock, look again, download and publish when it is not there, let go. */
async function pull(
  shared: Shared,
  me: number,
  turn: Turnstile,
  { fails, mistake }: Behaviour,
): Promise<void> {
  const files = filesOf(shared, me, turn);
  const isGone = async (state: LockState): Promise<boolean> =>
    state.kind === "held" && turn.at("isGone", () => isDead(shared, Number(state.holder.owner["pid"])));
  for (;;) {
    const claim = await claimLock(files, isGone);
    if ("state" in claim) {
      if (await turn.at("look", () => shared.published)) return;
      continue;
    }
    let isDone = await turn.at("begin", () => {
      if (!shared.published) {
        shared.working.add(me);
        shared.together = Math.max(
          shared.together,
          [...shared.working].filter((one) => !shared.dead.has(one)).length,
        );
        shared.downloads += 1;
      }
      return shared.published;
    });
    if (!isDone) {
      isDone = await turn.at("publish", () => {
        shared.working.delete(me);
        if (!fails) shared.published = true;
        return shared.published;
      });
    }
    await turn.at("release", () => {
      const mine = shared.generations.get(claim.generation);
      if (mine?.owner !== me) return;
      if (isDone || mistake) shared.generations.delete(claim.generation);
      else mine.released = true;
    });
    return;
  }
}

async function run(shared: Shared, me: number, turn: Turnstile, behaviour: Behaviour): Promise<void> {
  await pull(shared, me, turn, behaviour);
  turn.done = true;
}

interface World {
  readonly shared: Shared;
  readonly turns: readonly Turnstile[];
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Starts all processes and lets them take these steps. */
async function replay(moves: readonly Move[], processes: readonly Behaviour[]): Promise<World> {
  const shared: Shared = {
    generations: new Map([[1, { owner: predecessor, released: false }]]),
    published: false,
    downloads: 0,
    dead: new Set(),
    working: new Set(),
    together: 0,
  };
  const turns: Turnstile[] = [];
  for (const [me, process] of processes.entries()) {
    const turn = new Turnstile();
    turns.push(turn);
    void run(shared, me, turn, process);
  }
  await settle();
  for (const { process, step } of moves) {
    if (step === "die") shared.dead.add(process);
    turns[process]?.release(step);
    await settle();
  }
  return { shared, turns };
}

/** All that the future of a world depends on. A process that only waits has forgotten what it saw before. */
function keyOf({ shared, turns }: World): string {
  const { generations, published, downloads, dead, working } = shared;
  return JSON.stringify([
    [...generations].toSorted(([a], [b]) => a - b),
    published,
    downloads,
    [...dead],
    [...working],
    turns.map(({ seen, done }) => [done, seen]),
  ]);
}

interface Explored {
  readonly states: number;
  /** What went wrong, with the moves that lead there. */
  readonly violations: readonly string[];
}

/** Goes through all orders in which the processes can take their steps, and lets at most `deaths` of them die at any. */
async function explore(processes: readonly Behaviour[], deaths: number): Promise<Explored> {
  const violations: string[] = [];
  const leadsTo = new Map<string, string[]>();
  const ends: string[] = [];
  const open: { readonly moves: readonly Move[]; readonly from: string | undefined }[] = [
    { moves: [], from: undefined },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { moves, from } = next;
    const world = await replay(moves, processes);
    const key = keyOf(world);
    const known = leadsTo.get(key);
    if (known !== undefined) {
      if (from !== undefined) known.push(from);
      continue;
    }
    leadsTo.set(key, from === undefined ? [] : [from]);
    const complaint = complaintAbout(world, processes);
    if (complaint !== undefined) violations.push(`${complaint}: ${JSON.stringify(moves)}`);
    const movable = [...world.turns.keys()].filter((i) => world.turns[i]?.waiting === true);
    if (movable.length === 0) ends.push(key);
    for (const process of movable) {
      open.push({ moves: [...moves, { process, step: "go" }], from: key });
      if (world.shared.dead.size < deaths)
        open.push({ moves: [...moves, { process, step: "die" }], from: key });
    }
  }
  const ending = new Set(ends);
  for (const key of ending) for (const before of leadsTo.get(key) ?? []) ending.add(before);
  const stuck = [...leadsTo.keys()].filter((key) => !ending.has(key));
  if (stuck.length > 0) violations.push(`${stuck.length} states from which nobody gets to an end`);
  return { states: leadsTo.size, violations };
}

function complaintAbout({ shared, turns }: World, processes: readonly Behaviour[]): string | undefined {
  if (shared.together > 1) return "two live holders at once";
  if (shared.downloads > 1 + shared.dead.size + processes.filter(({ fails }) => fails).length)
    return "a download too many";
  const isEnd = turns.every(({ waiting }) => !waiting);
  if (isEnd && turns.some(({ done }, i) => !done && !shared.dead.has(i)))
    return "a process that waits for ever";
  const succeeds = turns.some(({ done }, i) => done && processes[i]?.fails === false);
  if (isEnd && succeeds && !shared.published) return "nothing was published";
  return undefined;
}

const good: Behaviour = { fails: false, mistake: false };
const failing: Behaviour = { ...good, fails: true };

test.each([
  { name: "two processes", processes: [good, good], deaths: 0 },
  { name: "two processes of which both may die", processes: [good, good], deaths: 2 },
  { name: "two processes, one of which fails and one may die", processes: [failing, good], deaths: 1 },
  { name: "three processes", processes: [good, good, good], deaths: 0 },
  { name: "three processes, one of which fails", processes: [failing, good, good], deaths: 0 },
  { name: "three processes of which one may die", processes: [good, good, good], deaths: 1 },
])("$name download one at a time and all get to an end, in whatever order they act", async (one) => {
  const { states, violations } = await explore(one.processes, one.deaths);
  expect(violations.slice(0, 3)).toEqual([]);
  expect(states).toBeGreaterThan(80);
});

test("where a number could be used again, two would hold the lock, and the exploration finds that", async () => {
  const { violations } = await explore([{ fails: true, mistake: true }, good, good], 0);
  expect(violations.join("\n")).toContain("two live holders at once");
});
