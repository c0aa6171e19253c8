import type { Invocation, Output } from "../command.ts";
import { countOf, valueOf } from "../option-values.ts";
import { printPulled } from "./pull-lock.ts";

/** `warm --lock FILE [--to DIR] [--jobs N]` */
export async function warm({ client, options, signal }: Invocation): Promise<Output> {
  const [lock = "", to] = [valueOf(options, "lock"), valueOf(options, "to")];
  const jobs = countOf(options, "jobs");
  return printPulled(() =>
    to === undefined ? client.pullLock(lock, { signal, jobs }) : client.warm(lock, to, { signal, jobs }),
  );
}
