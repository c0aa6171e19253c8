import {
  array,
  type GenericSchema,
  getDotPath,
  nullish,
  object,
  pipe,
  safeParse,
  transform,
  unknown,
} from "valibot";
import { printable, snakeCase } from "../core/index.ts";

/** How a value stands in JSON, and how TypeScript has it. */
export interface Codec<T> {
  /** Checks a value out of `JSON.parse`, and converts it. */
  readonly schema: GenericSchema<unknown, T>;
  /** The value for `JSON.stringify`; `undefined` for one that is left out. */
  readonly print: (value: T) => unknown;
}

/** A codec for each field of `T`. */
type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> };

/** For what is the same in both. */
export function plain<T>(schema: GenericSchema<unknown, T>): Codec<T> {
  return { schema, print: (value) => value };
}

/** Any JSON. Where there is none it is `null`. */
export const anyJson: Codec<unknown> = {
  schema: nullish(unknown(), null),
  print: (value) => value ?? null,
};

/** What may be left out; `null` in JSON says the same. */
export function optional<T>({ schema, print }: Codec<T>): Codec<T | undefined> {
  return {
    schema: pipe(
      nullish(schema),
      transform((value) => value ?? undefined),
    ),
    print: (value) => (value === undefined ? undefined : print(value)),
  };
}

/** What is `value` where it is left out. */
export function withDefault<T>({ schema, print }: Codec<T>, value: T): Codec<T> {
  return { schema: pipe(nullish(unknown(), value), schema), print };
}

/** A list of values of one kind. */
export function list<T>({ schema, print }: Codec<T>): Codec<readonly T[]> {
  return { schema: array(schema), print: (values) => values.map(print) };
}

/** An object: camelCase here, snake_case in JSON. Fields that are not known are left out. */
export function record<T extends object>(fields: Fields<T>): Codec<T> {
  const names: readonly (readonly [string, Codec<unknown>])[] = Object.entries(fields);
  const entries = Object.fromEntries(names.map(([name, { schema }]) => [snakeCase(name), schema]));
  return {
    schema: pipe(
      object(entries),
      transform((wire): T => defined(names.map(([name]) => [name, wire[snakeCase(name)]]))),
    ),
    print: (value) =>
      defined(names.map(([name, { print }]) => [snakeCase(name), print(Reflect.get(value, name))])),
  };
}

/** An object without those of `entries` that are `undefined`. */
function defined(entries: readonly (readonly unknown[])[]) {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/**
 * What `value` out of `JSON.parse` means.
 * @param refuse makes the error; what it is told names the field
 */
export function decode<T>({ schema }: Codec<T>, value: unknown, refuse: (reason: string) => Error): T {
  const result = safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = getDotPath(issue);
  throw refuse(printable(path === null ? issue.message : `${path}: ${issue.message}`));
}

/**
 * `value` for `JSON.stringify`, checked as what arrives is.
 * @param refuse makes the error; what it is told names the field
 */
export function encode<T>(codec: Codec<T>, value: T, refuse: (reason: string) => Error): unknown {
  const printed = codec.print(value);
  decode(codec, printed, refuse);
  return printed;
}
