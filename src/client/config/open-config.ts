import type { Settings } from "../settings/settings.ts";
import { type Config, loadConfig } from "./load-config.ts";

/**
 * The configuration of a client: what its options say goes before everything else.
 * @throws {DistError} INVALID_CONFIG
 */
export function openConfig({ configSearch, insecureRegistries }: Settings): Promise<Config> {
  return loadConfig(configSearch, {
    "dist.insecure_registries": insecureRegistries && {
      value: [...insecureRegistries],
      name: "--insecure-registry",
    },
  });
}
