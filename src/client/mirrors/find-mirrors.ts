import type { OciName } from "../../core/index.ts";
import type { HostTls } from "../../http/index.ts";
import { hostFolders, readCertificates } from "./certs-folder.ts";
import { type HostsFile, readHostsFile } from "./hosts-toml.ts";
import type { MirrorPlan } from "./mirror.ts";
import {
  mirrorsOf,
  readRegistriesConf,
  type RegistriesConfLocations,
  type RegistryRule,
  ruleFor,
} from "./registries-conf.ts";

/** Where other programs keep which mirrors and certificates a registry has. */
export interface MirrorLocations {
  /** Folders with one for each host: containerd's and Docker's `certs.d`. */
  readonly certsDirs: readonly string[];
  readonly registriesConf: RegistriesConfLocations;
}

/** Knows what other programs' files say of registries. Each is read once. */
export interface MirrorFinder {
  /** @throws {DistError} INVALID_CONFIG that names the file */
  readonly planFor: (name: OciName) => Promise<MirrorPlan>;
  /**
   * The certificates for a host, as it stands in URLs.
   * @throws {DistError} INVALID_CONFIG that names the file
   */
  readonly tlsOf: (host: string) => Promise<HostTls | undefined>;
}

/** A {@link MirrorFinder} that has read nothing yet. */
export function createMirrorFinder({ certsDirs, registriesConf }: MirrorLocations): MirrorFinder {
  let rules: Promise<readonly RegistryRule[]> | undefined;
  const plans = new Map<string, Promise<MirrorPlan>>();
  const hostsFiles = new Map<string, Promise<HostsFile | undefined>>();

  function hostsFileOf(host: string): Promise<HostsFile | undefined> {
    const known = hostsFiles.get(host) ?? readHostsFile(certsDirs, host);
    hostsFiles.set(host, known);
    return known;
  }

  async function plan(name: OciName): Promise<MirrorPlan> {
    const rule = ruleFor(await (rules ??= readRegistriesConf(registriesConf)), name);
    const conf = rule === undefined ? undefined : mirrorsOf(rule, name);
    const hosts = await hostsFileOf(name.registry);
    const inPlace = hosts?.server ?? conf?.moved;
    return {
      mirrors: [
        ...(hosts?.mirrors ?? []),
        ...(conf?.mirrors ?? []),
        ...(inPlace === undefined ? [] : [inPlace]),
      ],
      asksOrigin: inPlace === undefined,
      blockedBy: rule?.isBlocked === true ? rule.source : undefined,
    };
  }

  return {
    planFor(name) {
      const key = `${name.registry}/${name.repository}`;
      const known = plans.get(key) ?? plan(name);
      plans.set(key, known);
      return known;
    },
    async tlsOf(host) {
      const name = host === "registry-1.docker.io" ? "docker.io" : host;
      const certificates = await readCertificates(hostFolders(certsDirs, name));
      return certificates ?? (await hostsFileOf(name))?.tls;
    },
  };
}
