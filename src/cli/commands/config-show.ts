import { type ConfigRow, describeConfig } from "../../client/index.ts";
import { printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { printWarning } from "../messages.ts";
import { table } from "../table.ts";

/** `config show` */
export async function configShow({ clientOptions }: Invocation): Promise<Output> {
  const { rows, warnings } = await describeConfig(clientOptions);
  return {
    lines: table([
      ["KEY", "VALUE", "FROM"],
      ...rows.map((row) => [row.key, shownValue(row), shownOrigin(row)]),
    ]),
    notes: warnings.map((message) => printWarning(message, false)),
    json: rows.map(({ key, value, variable, origin }) => ({
      key,
      value: value ?? null,
      from: origin.from,
      name: "name" in origin ? origin.name : null,
      path: "path" in origin ? origin.path : null,
      line: "line" in origin ? origin.line : null,
      variable,
    })),
  };
}

function shownValue({ value }: ConfigRow): string {
  if (value === undefined) return "-";
  const text = typeof value === "object" ? value.join(", ") : String(value);
  return text === "" ? "none" : text;
}

function shownOrigin({ origin }: ConfigRow): string {
  if ("name" in origin) return origin.name;
  return "path" in origin ? `${printable(origin.path)}:${origin.line}` : origin.from;
}
