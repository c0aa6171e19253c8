/** What every call takes. */
export interface CallOptions {
  /** Stops the call; it then throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** How tags are listed. */
export interface ListTagsOptions extends CallOptions {
  /** Only tags that stand for whole versions (`1.2.3`, `v1.2.3`), the highest first. Default: false, all of them. */
  readonly semver?: boolean | undefined;
}

/** What calls for a lockfile take. */
export interface LockOptions extends CallOptions {
  /** Entries of one host that are worked on at once, 1 to 64. Default: 6. */
  readonly jobs?: number | undefined;
}
