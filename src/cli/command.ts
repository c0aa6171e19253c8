import type { DistClient } from "../client/index.ts";

/** An option of the command line: whether it takes a value, and what its help says. */
export interface OptionSpec {
  readonly type: "boolean" | "string";
  readonly help: string;
  /** One letter, for `-x`. */
  readonly short?: string | undefined;
  /** Stands for the value in help, as in `DIR`. */
  readonly value?: string | undefined;
  /** May be given more than once. */
  readonly multiple?: boolean | undefined;
}

/** Options by their long name. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What was given for each option: `true` for a boolean, a list for everything else. */
export type OptionValues = ReadonlyMap<string, true | readonly string[]>;

/** A command's arguments, checked. */
export interface Invocation {
  readonly operands: readonly string[];
  readonly options: OptionValues;
  readonly signal: AbortSignal;
  readonly client: DistClient;
}

/** What a command has to say: lines for people, or one value for programs (`--json`). */
export interface Output {
  readonly lines: readonly string[];
  readonly json: unknown;
}

/** A command: how it is written, what its help says, and where its code is. */
export interface Command {
  /** As in `pull` or `cache ls`. */
  readonly name: string;
  readonly summary: string;
  /** The operands as usage shows them. */
  readonly operands: string;
  readonly minOperands: number;
  readonly maxOperands: number;
  /** The whole message when an operand is missing. */
  readonly missing: string;
  readonly options: OptionSpecs;
  /** A command line and what it does. */
  readonly examples: readonly (readonly [command: string, effect: string])[];
  readonly load: () => Promise<(invocation: Invocation) => Promise<Output>>;
}
