import type { Command, OptionSpec } from "./command.ts";
import { registryOptions } from "./registry-options.ts";

const tenantOption: OptionSpec = {
  type: "string",
  value: "NAME",
  help: "a tenant of the store, whatever its name looks like",
};
const { "insecure-registry": insecureRegistry } = registryOptions;
const insecureOption = insecureRegistry === undefined ? {} : { "insecure-registry": insecureRegistry };

/** `auth …`, in the order in which help lists them. */
export const authCommands: readonly Command[] = [
  {
    name: "auth login",
    summary: "Check a login with its registry and save it",
    operands: "HOST | TENANT",
    minOperands: 1,
    maxOperands: 1,
    missing: "auth login requires a registry host, as in ghcr.io, or a tenant of the store",
    orOption: "tenant",
    options: {
      username: { type: "string", short: "u", value: "USER", help: "the user name; asked for when left out" },
      "password-stdin": { type: "boolean", help: "read the password or token from stdin" },
      token: {
        type: "string",
        value: "T",
        help: "a token in place of the password; others on this machine can read it here",
      },
      tenant: tenantOption,
      ...insecureOption,
    },
    examples: [
      ["greentic-dist auth login ghcr.io", "asks for user name and password, without showing the password"],
      [
        'echo "$TOKEN" | greentic-dist auth login ghcr.io -u USER --password-stdin',
        "for scripts and build machines",
      ],
      [
        'echo "$TOKEN" | greentic-dist auth login acme --password-stdin',
        "the token of the tenant acme, for store://greentic-biz/acme/…",
      ],
    ],
    load: async () => (await import("./commands/auth-login.ts")).authLogin,
  },
  {
    name: "auth logout",
    summary: "Remove a saved login",
    operands: "HOST | TENANT",
    minOperands: 1,
    maxOperands: 1,
    missing: "auth logout requires a registry host, as in ghcr.io, or a tenant of the store",
    orOption: "tenant",
    options: { tenant: tenantOption },
    examples: [
      [
        "greentic-dist auth logout ghcr.io",
        "from its credential helper and our own file; says who else has one",
      ],
    ],
    load: async () => (await import("./commands/auth-logout.ts")).authLogout,
  },
  {
    name: "auth status",
    summary: "List the logins that are known, and which one is used",
    operands: "[HOST[/REPOSITORY] | TENANT]",
    minOperands: 0,
    maxOperands: 1,
    missing: "",
    options: { tenant: tenantOption },
    examples: [
      ["greentic-dist auth status", "all of them, without their secrets"],
      [
        "greentic-dist auth status ghcr.io",
        "every source for this registry, in the order in which they are tried",
      ],
    ],
    load: async () => (await import("./commands/auth-status.ts")).authStatus,
  },
];
