import type { Retrier } from "../../http/index.ts";
import type { Network } from "../../sources/index.ts";
import type { ClosableNetwork } from "./network.ts";
import type { Settings } from "../settings/settings.ts";

/** A network whose registries can be written to. */
export type WritableNetwork = Network & Pick<ClosableNetwork, "writer">;

/** The network as the settings have it, whose code is loaded with the first request. */
export function openNetwork(
  settings: Settings,
  retrier: () => Promise<Retrier>,
): WritableNetwork & Pick<ClosableNetwork, "close"> {
  let loading: Promise<ClosableNetwork> | undefined;
  const load = async (): Promise<ClosableNetwork> =>
    (await import("./network.ts")).createNetwork(settings, retrier);
  const network = (): Promise<ClosableNetwork> => (loading ??= load());
  return {
    http: async () => (await network()).http(),
    registry: async () => (await network()).registry(),
    writer: async (name) => (await network()).writer(name),
    allowLoopbackHttp: settings.allowInsecureLocalHttp,
    close: async () => (await loading)?.close(),
  };
}
