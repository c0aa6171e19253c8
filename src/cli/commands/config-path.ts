import { listConfigFiles } from "../../client/index.ts";
import { printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { table } from "../table.ts";

/** `config path` */
export async function configPath({ clientOptions }: Invocation): Promise<Output> {
  const files = await listConfigFiles(clientOptions);
  return {
    lines: table(
      files.map(({ scope, path, isThere }) => [scope, isThere ? "present" : "absent", printable(path)]),
    ),
    json: files.map(({ scope, path, isThere }) => ({ scope, path, present: isThere })),
  };
}
