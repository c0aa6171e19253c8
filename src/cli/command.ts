import type { DistClient, DistClientOptions } from "../client/index.ts";
import type { DistError } from "../core/index.ts";

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
  /** Whether `-` is a value of it, for stdin or stdout. */
  readonly takesDash?: boolean | undefined;
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
  /** How clients of another kind are made. */
  readonly clientOptions: DistClientOptions;
  /** Writes at once, for a command that has something to say before it ends. */
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Whether what goes to stdout may be coloured. */
  readonly colour: () => boolean;
}

/** What a command has to say: lines for people, or one value for programs (`--json`). */
export interface Output {
  readonly lines: readonly string[];
  /** Whether stdout has something else already, so that `lines` and `json` go to stderr. Default: false. */
  readonly isStdoutTaken?: boolean | undefined;
  /** Lines for people that go to stderr. Default: none. */
  readonly notes?: readonly string[] | undefined;
  /** Default: none, when all was said before. */
  readonly json?: unknown;
  /** What failed all the same; `lines` are what there is to say of the rest. */
  readonly failure?: DistError | undefined;
  /** Default: 0, or that of the failure. */
  readonly exitCode?: number | undefined;
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
  /** An option that makes operands optional. */
  readonly orOption?: string | undefined;
  readonly options: OptionSpecs;
  /** A command line and what it does. */
  readonly examples: readonly (readonly [command: string, effect: string])[];
  readonly load: () => Promise<(invocation: Invocation) => Promise<Output>>;
}
