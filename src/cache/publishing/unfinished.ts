/** What bytes on their way into the store are, for a later process that goes on with them. */
export interface Unfinished {
  /** Their digest, or what stands for the address that they come from. Written down as it is: without secrets. */
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** The strong ETag that they came with. */
  readonly etag: string | undefined;
}
