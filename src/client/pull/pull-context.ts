import type { Cache, Lock, LockWait } from "../../cache/index.ts";
import { DistError, type Reference, type WarningCode, warningTable } from "../../core/index.ts";
import type { Retrier } from "../../http/index.ts";
import type { LockPins } from "../../lockfile/index.ts";
import type { Source } from "../../sources/index.ts";
import type { ArtifactKind } from "./artifact-kind.ts";
import type { Lanes } from "../images/create-lanes.ts";
import type { WritableNetwork } from "../network/open-network.ts";
import type { Settings } from "../settings/settings.ts";
import type { SharedLease } from "./shared-lease.ts";
import type { SingleFlight } from "./single-flight.ts";

/** What resolving and pulling work with. */
export interface PullContext {
  readonly settings: Settings;
  /** What is pulled: components or packs. */
  readonly kind: ArtifactKind;
  readonly cache: Cache;
  readonly source: Source;
  /** `undefined` for a client that is offline. */
  readonly network: WritableNetwork | undefined;
  readonly flights: SingleFlight;
  /** What keeps all that several calls bring. Default: each has a lease of its own. */
  readonly lease?: SharedLease | undefined;
  /** What blobs that are written elsewhere wait for. */
  readonly lanes: Lanes;
  /** Decides whether a body that broke off is gone on with. */
  readonly retrier: () => Promise<Retrier>;
}

/** One reference on its way through a {@link PullContext}. */
export interface Pull extends PullContext {
  readonly reference: Reference;
  /** The reference as messages show it. */
  readonly text: string;
  readonly signal: AbortSignal | undefined;
  /** What a lock says that it has to turn out to be. */
  readonly pins: LockPins;
  /** What others wait for as long as this call reads a web address. */
  readonly lock?: Lock | undefined;
}

/** Makes what says who is waited for. */
export function onWaitOf({ settings, text }: Pull): (wait: LockWait) => void {
  return ({ holder, seconds }) =>
    settings.onEvent({ event: "waiting", for: "lock", subject: text, seconds, detail: `held by ${holder}` });
}

/** Whether a reference is to something that lies elsewhere. */
export function isRemote({ kind }: Reference): boolean {
  return kind === "oci" || kind === "https" || kind === "mapped";
}

/** Both sides of a hash that does not fit, for the details of a warning that refuses an artifact. */
interface Mismatch {
  readonly expected: string;
  readonly actual: string;
}

/**
 * Says something about an artifact or this machine; with `strict`, what is about an artifact refuses it.
 * @throws {DistError} UNUSABLE_ARTIFACT or, for a digest inside the artifact, DIGEST_MISMATCH
 */
export function warn(
  { strict, onEvent }: Settings,
  code: WarningCode,
  message: string,
  reference: string,
  mismatch: Mismatch = { expected: "", actual: "" },
): void {
  const { about } = warningTable[code];
  const hint = "leave --strict out to use it all the same";
  if (strict && about === "digest") {
    throw new DistError("DIGEST_MISMATCH", message, { reference, ...mismatch }, { hint });
  }
  if (strict && about === "artifact")
    throw new DistError("UNUSABLE_ARTIFACT", message, { reference }, { hint });
  onEvent({ event: "warning", code, message, reference });
}
