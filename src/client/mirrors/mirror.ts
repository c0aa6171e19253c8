import { type HostTls, isLoopbackHost } from "../../http/index.ts";

/** A place that may answer in place of a registry. */
export interface Mirror {
  /** Where its API begins, as in `https://mirror.example/v2/`. */
  readonly api: URL;
  /** What it calls a repository of the registry. */
  readonly repositoryOf: (repository: string) => string;
  /** The registry, for mirrors of several (`ns` of the distribution spec). `undefined`: it is not told. */
  readonly namespace: string | undefined;
  /** Whether it may say what a tag means. Never one that anybody on the way could speak for. */
  readonly mayResolve: boolean;
  /** Whether it may be asked for digests. */
  readonly mayPull: boolean;
  /** What is special about TLS with it. */
  readonly tls: HostTls | undefined;
  /** Whether its certificate counts. Bytes are checked by their digest in any case. */
  readonly isVerified: boolean;
  /** The file that names it. */
  readonly source: string;
}

/** Where the artifacts of a registry come from. */
export interface MirrorPlan {
  /** In the order in which they are asked. */
  readonly mirrors: readonly Mirror[];
  /** Whether the registry itself is asked after them. */
  readonly asksOrigin: boolean;
  /** The file that forbids to ask anybody. */
  readonly blockedBy: string | undefined;
}

/** Whether nobody on the way can speak for a mirror, or hear what it is told. */
export function isSecure({ api, isVerified }: Pick<Mirror, "api" | "isVerified">): boolean {
  return api.protocol === "https:" ? isVerified : isLoopbackHost(api.hostname);
}
