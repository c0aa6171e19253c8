import { delimiter, join } from "node:path";
import { type Environment, variable } from "../settings/environment.ts";
import type { MirrorLocations } from "./find-mirrors.ts";

/**
 * Where mirrors and certificates are looked for: `GREENTIC_OCI_CERTS_DIR`, which stands in place of the usual folders,
 * and `CONTAINERS_REGISTRIES_CONF`, which does for `registries.conf`. An environment that is empty names nothing.
 */
export function mirrorLocations(env: Environment, certsDirs: readonly string[] | undefined): MirrorLocations {
  const home = variable(env, "HOME");
  const configHome =
    variable(env, "XDG_CONFIG_HOME") ?? (home === undefined ? undefined : join(home, ".config"));
  const user = configHome === undefined ? [] : [join(configHome, "containers")];
  const isSystem = home !== undefined;
  const system = isSystem ? ["/etc/containers"] : [];
  const given = certsDirs ?? variable(env, "GREENTIC_OCI_CERTS_DIR")?.split(delimiter);
  const conf = variable(env, "CONTAINERS_REGISTRIES_CONF");
  return {
    certsDirs: given?.filter((folder) => folder !== "") ?? [
      ...(isSystem ? ["/etc/containerd/certs.d", "/etc/docker/certs.d"] : []),
      ...[...user, ...system].map((folder) => join(folder, "certs.d")),
    ],
    registriesConf:
      conf === undefined
        ? {
            files: [...user, ...system].map((folder) => join(folder, "registries.conf")),
            folders: [...system, ...user].map((folder) => join(folder, "registries.conf.d")),
          }
        : { files: [conf], folders: [] },
  };
}
