import type { Command } from "./command.ts";

/** The command that serves a folder. */
export const devCommands: readonly Command[] = [
  {
    name: "dev",
    summary: "Serve a folder of components and packs as a registry and a distributor, until it is stopped",
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    missing: "",
    options: {
      root: {
        type: "string",
        value: "DIR",
        help: "the folder, with components/ and packs/ (default: .greentic/dev)",
      },
      host: { type: "string", value: "HOST", help: "the name or address to listen on (default: 127.0.0.1)" },
      port: {
        type: "string",
        value: "N",
        help: "the port to listen on; 0, the default, takes one that is free",
      },
      token: {
        type: "string",
        value: "TOKEN",
        help: "who asks must show it, as a bearer token or as any user's password (safer: GREENTIC_DIST_DEV_TOKEN)",
      },
      "no-auth": { type: "boolean", help: "let other machines ask without a token" },
      "allow-host": {
        type: "string",
        value: "NAME",
        multiple: true,
        help: "another name under which it is reached; may be given more than once",
      },
    },
    examples: [
      ["greentic-dist dev --root ./dist", "prints its address first; others on this machine pull from it"],
      [
        "GREENTIC_DIST_DEV_TOKEN=… greentic-dist dev --host 0.0.0.0 --port 8080",
        "other machines may pull too, with the token as password",
      ],
    ],
    load: async () => (await import("./commands/dev.ts")).dev,
  },
];
