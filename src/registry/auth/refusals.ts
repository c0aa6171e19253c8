import type { Way } from "./answer.ts";
import { type Credential, isSameLogin } from "./credentials.ts";
import { type RegistryRequest, repositoryKey } from "./exchange.ts";

/** Logins that were refused. They are not sent there again: who tries the same ones for each artifact is locked out. */
export interface Refusals {
  readonly has: (login: Credential, way: Way, request: RegistryRequest) => boolean;
  /** `forAll`: the token service itself knows no such login, for whatever repository. */
  readonly add: (login: Credential, way: Way, request: RegistryRequest, forAll: boolean) => void;
}

/** A {@link Refusals} that knows of none. */
export function createRefusals(): Refusals {
  const refused = new Map<string, Credential[]>();
  return {
    has: (login, way, request) =>
      [serviceKey(way, request), repositoryKey(request)].some(
        (key) => refused.get(key)?.some((other) => isSameLogin(other, login)) ?? false,
      ),
    add(login, way, request, forAll) {
      const key = forAll ? serviceKey(way, request) : repositoryKey(request);
      refused.set(key, [...(refused.get(key) ?? []), login]);
    },
  };
}

function serviceKey(way: Way, { registry }: RegistryRequest): string {
  return JSON.stringify([registry.origin.origin, way.scheme === "bearer" ? way.ask.realm.href : "basic"]);
}
