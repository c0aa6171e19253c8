import type { CommandLine } from "./account.ts";
import type { PeerName } from "./peers.ts";
import type { Artifact, ArtifactSet } from "./workbench.ts";

/** A way in which a peer brings artifacts into a folder that is empty. */
export interface PeerPull {
  /** As it is shown. */
  readonly name: string;
  readonly peer: PeerName;
  /** @param program path of the peer */
  readonly command: (program: string, folder: string) => CommandLine;
}

/** How each peer brings one component: the manifest and the bytes. */
export function pullsOfOne({ tagged, contentDigest, blobUrl }: Artifact): readonly PeerPull[] {
  const plainHttp = `reg=${new URL(blobUrl).host},tls=disabled`;
  const blob = tagged.replace(/:v\d+$/, `@${contentDigest}`);
  return [
    {
      name: "curl, then openssl dgst",
      peer: "curl",
      command: (curl, to) =>
        shell('"$0" -sf -o "$2" "$1" && exec openssl dgst -sha256 "$2"', curl, blobUrl, `${to}/blob`),
    },
    {
      name: "crane pull",
      peer: "crane",
      command: (crane, to) => [crane, "pull", "--format=oci", tagged, to],
    },
    {
      name: "crane blob",
      peer: "crane",
      command: (crane, to) => shell('exec "$0" blob "$1" >"$2"', crane, blob, `${to}/blob`),
    },
    {
      name: "oras pull",
      peer: "oras",
      command: (oras, to) => [oras, "pull", "--plain-http", tagged, "-o", to],
    },
    {
      name: "regctl artifact get",
      peer: "regctl",
      command: (regctl, to) => [regctl, "--host", plainHttp, "artifact", "get", tagged, "-o", to],
    },
    {
      name: "skopeo copy",
      peer: "skopeo",
      command: (skopeo, to) => [
        skopeo,
        "--insecure-policy",
        "copy",
        "--src-tls-verify=false",
        `docker://${tagged}`,
        `dir:${to}`,
      ],
    },
    ...rusts.map((peer) => ({
      name: peer,
      peer,
      command: (rust: string, to: string): CommandLine => [rust, "--cache-dir", to, "pull", tagged],
    })),
  ];
}

/** How peers bring many components. */
export function pullsOfMany({ artifacts, lockfile }: ArtifactSet): readonly PeerPull[] {
  return [
    {
      name: "curl --parallel, then openssl dgst",
      peer: "curl",
      command: (curl, to) =>
        shell(
          'curl=$0 to=$1; shift; "$curl" --parallel --parallel-max 8 -sf "$@" && exec openssl dgst -sha256 "$to"/*',
          curl,
          to,
          ...artifacts.flatMap(({ blobUrl }, index) => ["-o", `${to}/${index}`, blobUrl]),
        ),
    },
    {
      name: "xargs -P8 oras pull",
      peer: "oras",
      command: (oras, to) =>
        shell(
          'oras=$0 to=$1; shift; printf "%s\\n" "$@" | xargs -P8 -I{} "$oras" pull --plain-http {} -o "$to/{}"',
          oras,
          to,
          ...artifacts.map(({ tagged }) => tagged),
        ),
    },
    ...rusts.map((peer) => ({
      name: `${peer} --lock`,
      peer,
      command: (rust: string, to: string): CommandLine => [
        rust,
        "--cache-dir",
        to,
        "pull",
        "--lock",
        lockfile,
      ],
    })),
  ];
}

const rusts = ["Rust greentic-dist 0.4", "Rust greentic-dist 1.2"] as const;

const shell = (script: string, ...args: readonly string[]): CommandLine => ["sh", "-c", script, ...args];
