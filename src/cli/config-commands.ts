import type { Command } from "./command.ts";
import { insecureRegistryOption } from "./registry-options.ts";

/** `config …`, in the order in which help lists them. */
export const configCommands: readonly Command[] = [
  {
    name: "config show",
    summary: "Print the settings that count, and where each comes from",
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    missing: "",
    options: { "insecure-registry": insecureRegistryOption },
    examples: [
      ["greentic-dist config show", "a table; secrets are masked"],
      ["GREENTIC_ENVIRONMENT_ENV_ID=prod greentic-dist config show", "a variable goes before every file"],
      ["greentic-dist config show --json", "the same as JSON, with file and line apart"],
    ],
    load: async () => (await import("./commands/config-show.ts")).configShow,
  },
  {
    name: "config path",
    summary: "Print which configuration files are looked at, the one that rules first",
    operands: "",
    minOperands: 0,
    maxOperands: 0,
    missing: "",
    options: {},
    examples: [
      ["greentic-dist config path", "each file, and whether it is there"],
      ["greentic-dist config path --json", "the same as JSON"],
    ],
    load: async () => (await import("./commands/config-path.ts")).configPath,
  },
];
