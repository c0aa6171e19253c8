/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable; one that is set to nothing counts as not set. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

/** Whether a switch is on: only `1` turns it on. */
export function isOn(env: Environment, name: string): boolean {
  return env[name] === "1";
}
