/** What stands in place of a secret wherever one is printed. */
const redacted = "[redacted]";

/** A password or token that no string, JSON or log shows by accident: only {@link Secret.reveal} gives it out. */
export class Secret {
  readonly #value: string;

  static {
    // What `console.log` and `util.inspect` ask.
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    Object.defineProperty(this.prototype, inspect, { value: () => redacted });
  }

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the header that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** What stands in place of the secret: `[redacted]`. */
  toString(): string {
    return redacted;
  }

  /** The same, for `JSON.stringify`. */
  toJSON(): string {
    return redacted;
  }
}
