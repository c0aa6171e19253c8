import { DistError, printable } from "../../core/index.ts";
import type { AccessReport, Ping } from "../../registry/index.ts";
import type { KnownLogin } from "../logins/known-logins.ts";
import { type DiagnosisStep, okStep, skippedStep, type StepDetails } from "./diagnosis.ts";

/** What is known of how a registry lets its clients in. */
export interface AccessFacts {
  readonly ping: Ping | undefined;
  /** How its demand for a login was met; `undefined`: it made none. */
  readonly access: AccessReport | undefined;
  /** What each source of logins has, when there was a demand. */
  readonly logins: readonly KnownLogin[];
}

/** The steps from "is it a registry" to "it lets us in". */
export function accessSteps(facts: AccessFacts): readonly DiagnosisStep[] {
  return [pingStep(facts), challengeStep(facts), credentialsStep(facts), tokenStep(facts)];
}

/** What a registry answers to `GET /v2/`: that it is one, and that it wants a login. */
const registryStatuses: ReadonlySet<number> = new Set([200, 401]);

/** Whether a server says that it is a registry. */
export function isRegistry({ status }: Ping): boolean {
  return registryStatuses.has(status);
}

function pingStep({ ping }: AccessFacts): DiagnosisStep {
  if (ping === undefined) return skippedStep("ping", "not asked: no pull needs it");
  const said = `GET ${ping.url} answered ${ping.status}`;
  return okStep("ping", isRegistry(ping) ? said : `${said}; a pull does not mind`, ping);
}

/** What to say when nothing was found at a server that is no registry. */
export function notARegistry({ url, status }: Ping, { message }: DistError): DistError {
  return new DistError(
    "NOT_FOUND",
    `GET ${url} answered ${status}, expected 200 or 401: this is no registry (${message})`,
    { method: "GET", url, status },
    { hint: "check the host in the reference: it must be that of a registry, without a path" },
  );
}

function challengeStep({ ping, access }: AccessFacts): DiagnosisStep {
  const challenge = access ?? ping?.challenge;
  if (challenge === undefined) return skippedStep("challenge", "none: the registry asks for no login");
  const { scheme, realm, service } = challenge;
  const where =
    realm === undefined ? "" : scheme === "bearer" ? `, tokens from ${realm}` : `, realm ${realm}`;
  const whose = service === undefined ? "" : `, service ${service}`;
  return okStep("challenge", `${scheme}${where}${whose}`, { scheme, realm, service });
}

function credentialsStep({ access, logins }: AccessFacts): DiagnosisStep {
  if (access === undefined) return skippedStep("credentials", "not needed: nobody asked for a login");
  const sources = logins.map((login) => ({
    source: printable(login.source),
    username: login.username,
    outcome: outcomeOf(login, access),
  }));
  const details: StepDetails["credentials"] = { used: access.login, sources };
  const notes = sources.map(
    ({ source, username, outcome }) =>
      `${source}: ${username === undefined ? "" : `${username}, `}${outcome}`,
  );
  const { login, host } = access;
  const summary =
    login === undefined ? `none used for ${host}` : `${login.username}, from ${printable(login.source)}`;
  return okStep("credentials", summary, details, notes);
}

/** What became of what a source has. */
function outcomeOf({ source, username, detail }: KnownLogin, { login, tried }: AccessReport): string {
  if (login !== undefined && login.source === source && login.username === username) return "used";
  const line = tried.find((one) => one.startsWith(`${source}: `))?.slice(source.length + 2);
  return detail ?? line ?? (username === undefined ? "no login" : "not tried");
}

function tokenStep({ access }: AccessFacts): DiagnosisStep {
  if (access === undefined) return skippedStep("token", "not needed: nobody asked for one");
  const { scheme, realm, service, scope, login, expiresAt } = access;
  if (scheme !== "bearer") return skippedStep("token", "not needed: the login goes along with each request");
  const until = expiresAt === undefined ? undefined : new Date(expiresAt).toISOString();
  const details = { realm, service, scope, isAnonymous: login === undefined, expiresAt: until };
  const whose = login === undefined ? "anonymous" : `for ${login.username}`;
  return okStep(
    "token",
    `${whose}, ${scope ?? "no scope"}, good until ${until ?? "an unknown time"}`,
    details,
  );
}
