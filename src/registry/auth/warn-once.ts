/** Passes each distinct message on the first time it is said. */
export function createWarnOnce(
  onWarning: ((message: string) => void) | undefined,
): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    onWarning?.(message);
  };
}
