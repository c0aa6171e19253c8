type Schema = Readonly<Record<string, unknown>>;

/**
 * What is wrong with `value` by a JSON Schema, as far as this project's OpenAPI document uses it; a line for each flaw.
 * @param root where `$ref` points into
 */
export function flawsOf(root: object, schema: Schema, value: unknown, at = "$"): readonly string[] {
  const { $ref, anyOf, oneOf } = schema;
  if (typeof $ref === "string") return flawsOf(root, resolve(root, $ref), value, at);
  const choices = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (choices !== undefined) {
    const fitting = choices.filter((one) => flawsOf(root, one, value, at).length === 0).length;
    const fits = anyOf === undefined ? fitting === 1 : fitting > 0;
    return fits ? [] : [`${at}: fits ${fitting} of ${choices.length} choices`];
  }
  if ("const" in schema) return value === schema["const"] ? [] : [`${at}: is not ${String(schema["const"])}`];
  if (Array.isArray(schema["enum"])) {
    return schema["enum"].includes(value) ? [] : [`${at}: is none of ${schema["enum"].join()}`];
  }
  switch (schema["type"]) {
    case undefined:
      return [];
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at}: is no object`];
      const properties = schema["properties"] as Readonly<Record<string, Schema>>;
      const required = schema["required"] as readonly string[];
      return [
        ...required.filter((name) => !(name in value)).map((name) => `${at}: has no ${name}`),
        ...Object.entries(value).flatMap(([name, field]) =>
          flawsOf(root, properties[name] ?? {}, field, `${at}.${name}`),
        ),
      ];
    }
    case "array":
      return Array.isArray(value)
        ? value.flatMap((item, i) => flawsOf(root, schema["items"] as Schema, item, `${at}[${i}]`))
        : [`${at}: is no list`];
    case "integer":
      return Number.isInteger(value) && Number(value) >= Number(schema["minimum"] ?? -Infinity)
        ? []
        : [`${at}: is no integer`];
    case "string": {
      const { pattern = "" } = schema;
      return typeof value === "string" && new RegExp(pattern as string, "u").test(value)
        ? []
        : [`${at}: is no such text`];
    }
    case "null":
    case "boolean":
      return (value === null ? "null" : typeof value) === schema["type"]
        ? []
        : [`${at}: is no ${schema["type"]}`];
    default:
      return [`${at}: a schema of the type ${String(schema["type"])}`];
  }
}

function resolve(root: object, pointer: string): Schema {
  let found: unknown = root;
  for (const key of pointer.replace(/^#\//, "").split("/")) found = (found as Record<string, unknown>)[key];
  if (found === undefined) throw new Error(`${pointer} leads nowhere`);
  return found as Schema;
}
