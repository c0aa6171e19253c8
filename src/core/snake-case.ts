/** `name`, which is in camelCase, in snake_case: the way JSON of this ecosystem spells it. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
