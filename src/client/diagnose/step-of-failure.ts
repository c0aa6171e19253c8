import type { DistError, Reference } from "../../core/index.ts";
import type { DialReport } from "../../http/index.ts";
import type { AccessReport, Ping } from "../../registry/index.ts";
import type { MirrorPlan } from "../mirrors/mirror.ts";
import { isRegistry } from "./access-steps.ts";
import type { StepName } from "./diagnosis.ts";
import type { Observations } from "./observed-network.ts";

/** What was seen when something failed. */
interface FailureFacts {
  readonly seen: Observations;
  readonly plan: MirrorPlan | undefined;
  readonly ping: Ping | undefined;
  readonly access: AccessReport | undefined;
}

/** The step that `failure` belongs to. */
export function stepOfFailure(failure: DistError, { kind }: Reference, facts: FailureFacts): StepName {
  const { seen, plan, ping, access } = facts;
  if (plan?.blockedBy !== undefined && failure.code === "FORBIDDEN") return "mirrors";
  const last = seen.dials.at(-1);
  const isAtRealm = isAbout(failure, access?.realm);
  if (last !== undefined && last.phase !== "done") {
    if (last === dialOf(seen)) return last.phase;
    return isAtRealm ? "token" : "manifest";
  }
  if (kind === "https") return "answer";
  switch (failure.code) {
    case "INVALID_CONFIG":
      return "mirrors";
    case "UNAUTHORIZED":
    case "FORBIDDEN":
      if (access === undefined) return failure.code === "UNAUTHORIZED" ? "challenge" : "manifest";
      return "tried" in failure.details && failure.details.tried !== undefined ? "credentials" : "challenge";
    default:
      if (isAtRealm) return "token";
      return ping !== undefined && !isRegistry(ping) && failure.code === "NOT_FOUND" ? "ping" : "manifest";
  }
}

/** The connection with who was asked in the end: the registry, a mirror, or a web server. */
export function dialOf({ dials, answers }: Observations): DialReport | undefined {
  // Where a request was answered, later connections may be to a token service, or where a redirect led.
  const asked = answers.findLast(({ url }) => /\/(?:manifests\/|v2\/$)/.test(url.pathname)) ?? answers.at(0);
  const last = dials.at(-1);
  if (asked === undefined) return last;
  // A registry in place of a mirror that answered, but did not have it.
  const isLater =
    last !== undefined && last.phase !== "done" && !answers.some(({ url }) => url.origin === last.origin);
  const origin = isLater && !answersWantLogin(answers) ? last.origin : asked.url.origin;
  return dials.findLast((dial) => dial.origin === origin);
}

function answersWantLogin(answers: Observations["answers"]): boolean {
  return answers.at(-1)?.status === 401;
}

/** Whether an error is about a request to `address`. */
function isAbout({ details }: DistError, address: string | undefined): boolean {
  const url = "url" in details ? details.url : undefined;
  if (address === undefined || url === undefined || !URL.canParse(address) || !URL.canParse(url))
    return false;
  const [one, other] = [new URL(address), new URL(url)];
  return one.origin === other.origin && one.pathname === other.pathname;
}
