import type { Retrier, Wait } from "../../http/index.ts";
import type { Settings } from "../settings/settings.ts";

/** What tries again for one client, made when it is first asked for. */
export function openRetrier({ retry, now, onEvent }: Settings): () => Promise<Retrier> {
  const onWait = (wait: Wait): void => onEvent({ event: "waiting", ...wait });
  let retrier: Promise<Retrier> | undefined;
  const create = async (): Promise<Retrier> =>
    (await import("../../http/index.ts")).createRetrier({ ...retry, now, onWait });
  return () => (retrier ??= create());
}
