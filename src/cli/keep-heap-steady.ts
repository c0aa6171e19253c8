import { setFlagsFromString } from "node:v8";

/**
 * Keeps the part of V8's heap small that is for what lives shortly: it would grow with every GiB that comes by, to 30 MiB
 * and more. For commands that move whole bundles.
 */
export function keepHeapSteady(): void {
  if (process.versions["bun"] === undefined) setFlagsFromString("--semi-space-growth-factor=1");
}
