/** A user without rights, on every system that has one. */
const nobody = 65534;

/**
 * Runs `work` as a user to whom file modes mean something: root, as whom tests run in containers, may do everything.
 * The process must not be shared: nothing else may run meanwhile.
 */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process;
  if (geteuid === undefined || seteuid === undefined || geteuid() !== 0) return work();
  seteuid(nobody);
  try {
    return await work();
  } finally {
    seteuid(0);
  }
}
