import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The Debian packages of the programs that tests use. */
const packages = {
  "docker-registry": "docker-registry",
  skopeo: "skopeo",
  nginx: "nginx-light",
  openssl: "openssl",
  script: "bsdutils",
} as const;

type Tool = keyof typeof packages;

/** What each file of tests needs of this system. */
const neededBy: Readonly<Record<string, readonly Tool[]>> = {
  "src/http/wire/real-servers.test.ts": ["docker-registry", "nginx"],
  "src/http/wire/tls.test.ts": ["openssl"],
  "test/e2e/debian-registry.test.ts": ["docker-registry", "skopeo"],
  "test/e2e/terminal.test.ts": ["script"],
  "test/integration/web.test.ts": ["openssl"],
  "test/support/skopeo.test.ts": ["skopeo"],
};

/** Servers lie in folders that are not on every user's PATH. */
const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

const isMissing = (tool: Tool): boolean => !folders.some((folder) => existsSync(join(folder, tool)));

/**
 * The files of tests that are left out because a program they need is not installed: none for CI, where they then fail
 * and say why.
 */
export function filesLeftOut(): readonly string[] {
  if (process.env["CI"] === "true") return [];
  return Object.keys(neededBy).filter((file) => neededBy[file]?.some(isMissing));
}

/** Vitest's global set-up: says what is left out, and says it again at the end, where it is seen. */
export default function announceFilesLeftOut(): () => void {
  const files = filesLeftOut();
  const tools = [...new Set(files.flatMap((file) => neededBy[file] ?? []))].filter(isMissing);
  const say = (): void => {
    if (files.length === 0) return;
    const wanted = tools.map((tool) => packages[tool]).join(" ");
    console.warn(
      `\n*** NOT TESTED, because ${tools.join(", ")} is not installed: ${files.join(", ")}\n` +
        `*** On Debian: apt-get install ${wanted}\n`,
    );
  };
  say();
  return say;
}
