/** Where the bytes of a response come from: a connection. Everything that parses reads through this. */
export interface ByteSource {
  /** The next bytes that are there, maybe none. They stay valid until they are consumed. */
  readonly view: () => Buffer;
  /** Says that the first `length` bytes of the view are no longer needed. */
  readonly consume: (length: number) => void;
  /**
   * Waits for bytes beyond those that are there. `false`: the other side ended in an orderly way.
   * @throws whatever broke the connection
   */
  readonly more: () => Promise<boolean>;
}
