import type { LayerToPush } from "../../client/index.ts";
import { DistError, printable, withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { valueOf, valuesOf } from "../option-values.ts";

/** `push FILE REF [--pack] [--manifest FILE] [--readme FILE] [--layer FILE:TYPE] [--annotation KEY=VALUE] [--tag TAG] …` */
export async function push({ client, operands, options, signal }: Invocation): Promise<Output> {
  const [file = "", target = ""] = operands;
  const isDryRun = options.has("dry-run");
  const artifact = await client.push(file, target, {
    pack: options.has("pack"),
    mediaType: valueOf(options, "media-type"),
    componentManifest: valueOf(options, "manifest"),
    readme: valueOf(options, "readme"),
    layers: valuesOf(options, "layer").map(parseLayer),
    annotations: new Map(valuesOf(options, "annotation").map(parseAnnotation)),
    tags: valuesOf(options, "tag"),
    force: options.has("force"),
    dryRun: isDryRun,
    signal,
  });
  const { reference, digest, contentDigest, mediaType, tags, pushed } = artifact;
  return {
    lines: [digest, contentDigest],
    json: {
      reference: withoutSecrets(reference),
      digest,
      content_digest: contentDigest,
      media_type: mediaType,
      tags,
      pushed,
    },
  };
}

/** What a media type is made of (RFC 6838, section 4.2), as it may follow a path. */
const layerPattern = /^(.+):([A-Za-z0-9][\w!#$&^.+-]*\/[A-Za-z0-9][\w!#$&^.+-]*)$/;

function parseLayer(text: string): LayerToPush {
  const [, path, mediaType] = layerPattern.exec(text) ?? [];
  if (path !== undefined && mediaType !== undefined) return { path, mediaType };
  throw misuse("--layer", text, "FILE:TYPE", "as in --layer schema.json:application/schema+json");
}

function parseAnnotation(text: string): readonly [key: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw misuse("--annotation", text, "KEY=VALUE", "as in --annotation org.opencontainers.image.version=1.0");
}

function misuse(option: string, text: string, expected: string, hint: string): DistError<"INVALID_INPUT"> {
  const message = `${option} is \`${printable(text)}\`, expected ${expected}`;
  return new DistError("INVALID_INPUT", message, {}, { hint });
}
