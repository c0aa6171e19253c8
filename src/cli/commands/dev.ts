import { once } from "node:events";
import { DistError, formatBytes, printable } from "../../core/index.ts";
import {
  createDevDistributor,
  type DevDistributor,
  registryNameOf,
  type ServedArtifact,
  type ServedRequest,
} from "../../dev/index.ts";
import type { Invocation, Output } from "../command.ts";
import { valueOf, valuesOf } from "../option-values.ts";

const defaultRoot = ".greentic/dev";
const tokenVariable = "GREENTIC_DIST_DEV_TOKEN";
/** How many artifacts are named when it starts. */
const mostShown = 20;

/** `dev`: serves until a signal comes, which is its success. */
export async function dev({
  options,
  clientOptions,
  signal,
  writeOut,
  writeError,
}: Invocation): Promise<Output> {
  const say = (text: string): void => {
    if (!options.has("quiet") && !options.has("json")) writeError(`${text}\n`);
  };
  const given = valueOf(options, "token");
  if (given !== undefined)
    say(`warning: others on this machine can read --token; ${tokenVariable} they cannot`);
  await using distributor = await createDevDistributor({
    root: valueOf(options, "root") ?? defaultRoot,
    host: valueOf(options, "host"),
    port: parsePort(valueOf(options, "port") ?? "0"),
    token: given ?? (clientOptions.env?.[tokenVariable] || undefined),
    allowAnonymous: options.has("no-auth"),
    allowedHosts: valuesOf(options, "allow-host"),
    onRequest(request) {
      if (request.error !== undefined)
        writeError(`error: ${describeRequest(request)}: ${reasonOf(request.error)}\n`);
      else if (options.has("verbose")) writeError(`${describeRequest(request)}\n`);
    },
    onWarning: (message) => say(`warning: ${message}`),
  });
  const { url, host, root } = distributor;
  writeOut(options.has("json") ? `${JSON.stringify({ url, host, root })}\n` : `${url}\n`);
  say(await describe(distributor));
  if (!signal.aborted) await once(signal, "abort");
  return { lines: [] };
}

/** @throws {DistError} INVALID_INPUT */
function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  const message = `--port is \`${printable(text)}\`, expected a number from 0 to 65535`;
  throw new DistError("INVALID_INPUT", message, {}, { hint: "as in --port 8080" });
}

async function describe({ host, root, list }: DevDistributor): Promise<string> {
  const artifacts = await list();
  const lines = artifacts.slice(0, mostShown).map((one) => `  ${describeArtifact(host, one)}`);
  const more = artifacts.length - lines.length;
  if (more > 0) lines.push(`  and ${more} more`);
  if (lines.length === 0) lines.push("  nothing yet: put <id>-<version>.wasm into components/");
  return [`serves ${printable(root)}; stop it with Ctrl-C`, ...lines].join("\n");
}

function describeArtifact(host: string, artifact: ServedArtifact): string {
  const { kind, id, version, sizeBytes } = artifact;
  const size = formatBytes(sizeBytes);
  const name = registryNameOf(artifact);
  return name === undefined
    ? `${kind} ${id} ${version} (${size}), not in the registry: it takes lower-case names only`
    : `${host}/${name.repository}:${name.tag} (${size})`;
}

function describeRequest({ method, target, status, bytesSent, isComplete }: ServedRequest): string {
  const end = isComplete ? "" : ", broken off";
  return `${printable(method)} ${printable(target)} → ${status}, ${formatBytes(bytesSent)}${end}`;
}

function reasonOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
