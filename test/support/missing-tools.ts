import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { standaloneProgram } from "./command-line.ts";
import { projectPath } from "./project-path.ts";

/** The beginning of a command line that runs with mounts of its own. */
export const inOwnMounts: readonly string[] = ["unshare", process.geteuid?.() === 0 ? "-m" : "-rm"];

/** The beginning of a command line that runs where there is no network, not even a loopback that is up. */
export const inNoNetwork: readonly string[] = ["unshare", process.geteuid?.() === 0 ? "-n" : "-rn"];

/** How to install the programs that tests use, and where they are then: on the PATH, or in a folder of this project. */
const programs = {
  "docker-registry": { install: "apt-get install docker-registry" },
  skopeo: { install: "apt-get install skopeo" },
  nginx: { install: "apt-get install nginx-light" },
  tinyproxy: { install: "apt-get install tinyproxy-bin" },
  chromium: { install: "apt-get install chromium" },
  openssl: { install: "apt-get install openssl" },
  strace: {
    install: "apt-get install strace, where ptrace is allowed",
    works: ["strace", "-o", "/dev/null", "true"],
  },
  mounts: {
    install: "run the tests as root, with the right to mount, or where users may make namespaces",
    works: [...inOwnMounts, "true"],
  },
  "network namespaces": {
    install: "run the tests as root, with the right to make namespaces, or where users may make them",
    works: [...inNoNetwork, "true"],
  },
  script: { install: "apt-get install bsdutils" },
  "Node.js": {
    install: "npm test: these look into Node.js, or change it, and this is Bun",
    isOptional: true,
  },
  oras: { install: "go install oras.land/oras/cmd/oras@v1.3.6", isOptional: true },
  crane: { install: "go install github.com/google/go-containerregistry/cmd/crane@v0.22.1", isOptional: true },
  wkg: { install: "cargo install wkg@0.16.1", isOptional: true },
  jco: { install: "npm ci --prefix test/guest", path: "test/guest/node_modules/.bin/jco" },
  "node-24": {
    install: "npm ci --prefix test/runtimes",
    path: "test/runtimes/node_modules/node-24/bin/node",
  },
} as const satisfies Readonly<Record<string, Program>>;

interface Program {
  readonly install: string;
  readonly path?: string;
  /** What succeeds where it is there. */
  readonly works?: readonly string[];
  /** Whether CI can do without, for Debian has no package of it. */
  readonly isOptional?: true;
}

type Tool = keyof typeof programs;

/** What each file of tests needs of this system. */
const neededBy: Readonly<Record<string, readonly Tool[]>> = {
  "src/http/wire/real-servers.test.ts": ["docker-registry", "nginx"],
  "src/http/wire/proxy.test.ts": ["openssl"],
  "src/http/wire/tls.test.ts": ["openssl"],
  "test/e2e/addresses.test.ts": ["mounts"],
  "test/e2e/budgets.test.ts": ["Node.js", "strace"],
  "test/e2e/air-gap.test.ts": ["network namespaces"],
  "test/e2e/auth.test.ts": ["docker-registry", "skopeo"],
  "test/e2e/debian-registry.test.ts": ["docker-registry", "skopeo"],
  "test/e2e/doctor.test.ts": ["openssl", "script"],
  "test/e2e/guest.test.ts": ["jco", "node-24"],
  "test/e2e/push.test.ts": ["docker-registry", "skopeo", "openssl"],
  "test/e2e/copy-layouts.test.ts": ["docker-registry", "skopeo"],
  "test/e2e/copy.test.ts": ["docker-registry", "skopeo"],
  "test/e2e/load-to-registry.test.ts": ["docker-registry", "skopeo"],
  "test/e2e/bundles-skopeo.test.ts": ["skopeo"],
  "test/e2e/compiled.test.ts": ["Node.js"],
  "test/e2e/round-trips-crane.test.ts": ["crane", "docker-registry"],
  "test/e2e/round-trips-oras.test.ts": ["docker-registry", "oras"],
  "test/e2e/round-trips-wkg.test.ts": ["docker-registry", "wkg"],
  "test/e2e/containers.test.ts": ["mounts"],
  "test/e2e/crash-strace.test.ts": ["strace"],
  "test/e2e/degraded.test.ts": ["mounts", "strace"],
  "test/e2e/dev-crane.test.ts": ["crane"],
  "test/e2e/dev-oras.test.ts": ["oras"],
  "test/e2e/dev-skopeo.test.ts": ["skopeo"],
  "test/e2e/large-cache.test.ts": ["strace"],
  "test/e2e/private-registry.test.ts": ["docker-registry", "openssl", "skopeo", "tinyproxy"],
  "test/e2e/secrets.test.ts": ["script"],
  "test/e2e/loading.test.ts": ["Node.js"],
  "test/e2e/page.test.ts": ["chromium"],
  "test/e2e/terminal.test.ts": ["script"],
  "test/e2e/tags.test.ts": ["docker-registry", "skopeo"],
  "test/e2e/token-service.test.ts": ["docker-registry", "openssl", "skopeo"],
  "test/integration/errnos.test.ts": ["Node.js"],
  "test/integration/large-cache.test.ts": ["Node.js"],
  "test/integration/mirrors.test.ts": ["docker-registry", "openssl"],
  "test/integration/diagnose.test.ts": ["docker-registry", "openssl", "skopeo", "tinyproxy"],
  "test/integration/networks.test.ts": ["nginx", "openssl", "tinyproxy"],
  "test/integration/web.test.ts": ["openssl"],
  "test/support/skopeo.test.ts": ["skopeo"],
};

/** Servers lie in folders that are not on every user's PATH. */
const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

function isMissing(tool: Tool): boolean {
  if (tool === "Node.js") return standaloneProgram !== undefined || "bun" in process.versions;
  const program = programs[tool];
  if ("works" in program) return spawnSync(program.works[0] ?? "", program.works.slice(1)).status !== 0;
  if ("path" in program) return !existsSync(projectPath(program.path));
  return !folders.some((folder) => existsSync(join(folder, tool)));
}

/**
 * The files of tests that are left out because a program they need is not installed. In CI only optional ones are: the
 * others then fail and say why.
 */
export function filesLeftOut(): readonly string[] {
  return Object.keys(neededBy).filter((file) => neededBy[file]?.some(isLeftOut));
}

function isLeftOut(tool: Tool): boolean {
  return isMissing(tool) && (process.env["CI"] !== "true" || "isOptional" in programs[tool]);
}

/** Vitest's global set-up: says what is left out, and says it again at the end, where it is seen. */
export default function announceFilesLeftOut(): () => void {
  const files = filesLeftOut();
  const tools = [...new Set(files.flatMap((file) => neededBy[file] ?? []))].filter(isMissing);
  const say = (): void => {
    if (files.length === 0) return;
    const wanted = tools.map((tool) => `***   ${programs[tool].install}\n`).join("");
    console.warn(
      `\n*** NOT TESTED, because not installed (${tools.join(", ")}): ${files.join(", ")}\n` +
        `*** To install (on Debian):\n${wanted}`,
    );
  };
  say();
  return say;
}
