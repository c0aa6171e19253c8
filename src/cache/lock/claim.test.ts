import { expect, test } from "vitest";
import { explore, type Explored, type Turnstile, type World } from "../../../test/support/explore.ts";
import { claimLock, type Generations, type LockState } from "./claim.ts";

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

/** Died before all others began, and left a generation behind. */
const predecessor = -1;

function isDead({ dead }: Shared, process: number): boolean {
  return process === predecessor || dead.has(process);
}

function filesOf(shared: Shared, me: number, turn: Turnstile): Generations {
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

function exploreLock(processes: readonly Behaviour[], deaths: number): Promise<Explored> {
  return explore<Shared>({
    start: () => ({
      generations: new Map([[1, { owner: predecessor, released: false }]]),
      published: false,
      downloads: 0,
      dead: new Set(),
      working: new Set(),
      together: 0,
    }),
    processes: processes.map((one) => (shared, me, turn) => pull(shared, me, turn, one)),
    keyOf: ({ generations, published, downloads, dead, working }) => [
      [...generations].toSorted(([a], [b]) => a - b),
      published,
      downloads,
      [...dead],
      [...working],
    ],
    die: ({ dead }, process) => void dead.add(process),
    deaths,
    complaintAbout: (world) => complaintAbout(world, processes),
  });
}

function complaintAbout(
  { shared, turns, isEnd }: World<Shared>,
  processes: readonly Behaviour[],
): string | undefined {
  if (shared.together > 1) return "two live holders at once";
  if (shared.downloads > 1 + shared.dead.size + processes.filter(({ fails }) => fails).length)
    return "a download too many";
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
  const { states, violations } = await exploreLock(one.processes, one.deaths);
  expect(violations.slice(0, 3)).toEqual([]);
  expect(states).toBeGreaterThan(80);
});

test("where a number could be used again, two would hold the lock, and the exploration finds that", async () => {
  const { violations } = await exploreLock([{ fails: true, mistake: true }, good, good], 0);
  expect(violations.join("\n")).toContain("two live holders at once");
});
