import { expect, test } from "vitest";
import { explore, type Explored, type Turnstile, type World } from "../../../test/support/explore.ts";
import { type Exclusion, removeUnleased, takeLease } from "./exclusion.ts";

/** Everything that processes share: leases and removals by process, and the files of one artifact. */
interface Shared {
  readonly leases: Set<number>;
  readonly removals: Set<number>;
  readonly dead: Set<number>;
  /** The bytes of the blob, and of the view. */
  blob: string | undefined;
  view: string | undefined;
  /** Readers that were told that the artifact stays. */
  readonly opened: Set<number>;
}

const bytes = "right";

const sorted = (all: ReadonlySet<number>): readonly number[] => [...all].toSorted((a, b) => a - b);

type Process = (shared: Shared, me: number, turn: Turnstile) => Promise<void>;

function exclusionOf(shared: Shared, me: number, turn: Turnstile): Exclusion {
  const { leases, removals, dead } = shared;
  const living = (all: ReadonlySet<number>): readonly number[] => sorted(all).filter((one) => !dead.has(one));
  let earlier: readonly string[] | undefined;
  return {
    lease: () => turn.at("lease", () => void leases.add(me)),
    isLeased: () => turn.at("isLeased", () => living(leases).length > 0),
    announce: () =>
      turn.at("announce", () => {
        removals.add(me);
        return String(me);
      }),
    withdraw: () => turn.at("withdraw", () => void removals.delete(me)),
    announced: () =>
      turn.at("announced", () => {
        const now = living(removals).map(String);
        // Whoever looks again remembers only what it goes on waiting for.
        if (earlier !== undefined) turn.seen.pop();
        return (earlier = earlier?.filter((removal) => now.includes(removal)) ?? now);
      }),
  };
}

/** Puts blob and view in place, in this order, unless they are there. */
async function publish(shared: Shared, turn: Turnstile): Promise<void> {
  await turn.at("publish", () => void (shared.blob ??= bytes));
  await turn.at("show", () => void (shared.view = shared.blob));
}

/** Leases, looks, brings what is not there, and reads until it lets go. */
function reader(change: Partial<Exclusion> = {}): Process {
  return async (shared, me, turn) => {
    await takeLease({ ...exclusionOf(shared, me, turn), ...change }, () => Promise.resolve(true));
    const isThere = await turn.at("look", () => shared.blob !== undefined && shared.view !== undefined);
    if (!isThere) await publish(shared, turn);
    await turn.at("open", () => void shared.opened.add(me));
    await turn.at("close", () => {
      shared.opened.delete(me);
      shared.leases.delete(me);
    });
  };
}

/** Removes view and blob, one after the other, unless there is a lease. */
function sweeper(looksFirst = false): Process {
  return async (shared, me, turn) => {
    const exclusion = exclusionOf(shared, me, turn);
    const isSpared = looksFirst ? await exclusion.isLeased() : undefined;
    const isLeased = isSpared === undefined ? exclusion.isLeased : () => Promise.resolve(isSpared);
    await removeUnleased({ ...exclusion, isLeased }, async () => {
      await turn.at("remove view", () => void (shared.view = undefined));
      await turn.at("remove blob", () => void (shared.blob = undefined));
    });
  };
}

function exploreAll(processes: readonly Process[], deaths = 0): Promise<Explored> {
  return explore<Shared>({
    start: () => ({
      leases: new Set(),
      removals: new Set(),
      dead: new Set(),
      opened: new Set(),
      blob: bytes,
      view: bytes,
    }),
    processes,
    keyOf: ({ leases, removals, opened, blob, view }) => [
      sorted(leases),
      sorted(removals),
      sorted(opened),
      blob,
      view,
    ],
    die: ({ dead }, process) => void dead.add(process),
    deaths,
    complaintAbout,
  });
}

function complaintAbout({ shared: { opened, dead, blob, view } }: World<Shared>): string | undefined {
  const isRead = [...opened].some((one) => !dead.has(one));
  if (isRead && (blob !== bytes || view !== bytes)) return "what is held open has gone";
  return undefined;
}

test.each([
  { name: "a reader and a sweeper", processes: [reader(), sweeper()], deaths: 2 },
  { name: "a reader and two sweepers", processes: [reader(), sweeper(), sweeper()], deaths: 1 },
  { name: "two readers and a sweeper", processes: [reader(), reader(), sweeper()], deaths: 1 },
])(
  "what $name hold open stays, and all get to an end, in whatever order they act or die",
  async ({ processes, deaths }) => {
    const { states, violations } = await exploreAll(processes, deaths);
    expect(violations.slice(0, 3)).toEqual([]);
    expect(states).toBeGreaterThan(50);
  },
);

test.each([
  {
    who: "a reader did not wait for removals",
    processes: [reader({ announced: async () => [] }), sweeper()],
  },
  { who: "a sweeper looked before it spoke", processes: [reader(), sweeper(true)] },
])(
  "were it that $who, something held open would go, and the exploration finds that",
  async ({ processes }) => {
    const { violations } = await exploreAll(processes);
    expect(violations.join("\n")).toContain("what is held open has gone");
  },
);
