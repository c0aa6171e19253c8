import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** A credential helper that is a program of its own, and its notes. */
export interface CredentialHelperScript {
  /** What it is called in a config file. */
  readonly name: string;
  /** An environment in which it is found. */
  readonly env: Readonly<Record<string, string>>;
  /** A line for each call: `get ghcr.io`. */
  readonly log: string;
  /** Where it keeps logins, a JSON file each. */
  readonly keeps: string;
  /** The environment of its last call, as `env` prints it. */
  readonly seenEnv: string;
}

const keeper = String.raw`
input=$(cat)
case $1 in
  store) url=$(printf %s "$input" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/') ;;
  *) url=$input ;;
esac
printf '%s %s\n' "$1" "$url" >> "$dir/log"
env > "$dir/env"
file="$dir/keeps/$(printf %s "$url" | tr / _)"
case $1 in
  get) if [ -f "$file" ]; then cat "$file"; else echo "credentials not found in native keychain"; exit 1; fi ;;
  store) printf %s "$input" > "$file" ;;
  erase) rm -f "$file" ;;
  list) echo "{$(cd "$dir/keeps" && for f in *; do [ -f "$f" ] && printf '"%s":"x",' "$f"; done | sed 's/,$//')}" ;;
esac
`;

/**
 * Makes `docker-credential-NAME` in a folder: one that keeps logins in files.
 * @param body what it does in place of that, in sh; `$dir` is the folder
 */
export async function credentialHelper(
  folder: string,
  name: string,
  body: string = keeper,
): Promise<CredentialHelperScript> {
  const bin = join(folder, "bin");
  const keeps = join(folder, "keeps");
  await mkdir(bin, { recursive: true });
  await mkdir(keeps, { recursive: true });
  const program = join(bin, `docker-credential-${name}`);
  await writeFile(program, `#!/bin/sh\ndir='${folder}'\n${body}`);
  await chmod(program, 0o755);
  const env = { PATH: [bin, process.env["PATH"] ?? ""].join(delimiter) };
  return { name, env, log: join(folder, "log"), keeps, seenEnv: join(folder, "env") };
}
