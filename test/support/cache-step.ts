import type { DistClient } from "../../src/index.ts";

/** Something that is done with a cache, as JSON for another process. */
export type CacheStep =
  | { readonly do: "pull" | "open"; readonly reference: string }
  | { readonly do: "pull-lock" | "update-lock"; readonly path: string }
  | { readonly do: "save"; readonly lock: string; readonly output: string }
  | { readonly do: "load"; readonly path: string; readonly lockOutput: string }
  | { readonly do: "gc"; readonly maxBytes: number }
  | { readonly do: "verify" }
  | { readonly do: "rm"; readonly digests: readonly string[] };

/** Does it. */
export async function takeStep(client: DistClient, step: CacheStep): Promise<void> {
  switch (step.do) {
    case "pull":
      await client.ensureCached(step.reference);
      return;
    case "open": {
      await using artifact = await client.openCached(step.reference);
      await artifact.bytes();
      return;
    }
    case "pull-lock":
      await client.pullLock(step.path);
      return;
    case "update-lock":
      await client.updateLock(step.path);
      return;
    case "save":
      await client.saveBundle({ lock: step.lock, output: step.output });
      return;
    case "load":
      await client.loadBundle({ input: step.path, lockOutput: step.lockOutput });
      return;
    case "gc":
      await client.gc({ maxBytes: step.maxBytes, minAgeMs: 0 });
      return;
    case "verify":
      await client.verifyCache({ repair: true });
      return;
    case "rm":
      await client.removeCached(step.digests);
      return;
  }
}

/** The same as arguments of the command. */
export function argumentsOf(step: CacheStep): readonly string[] {
  switch (step.do) {
    case "pull":
    case "open":
      return ["pull", step.reference];
    case "pull-lock":
      return ["pull", "--lock", step.path];
    case "update-lock":
      return ["lock", "update", step.path];
    case "save":
      return ["save", "--lock", step.lock, "-o", step.output];
    case "load":
      return ["load", step.path, "--lock-out", step.lockOutput];
    case "gc":
      return ["cache", "gc", "--max-bytes", String(step.maxBytes), "--min-age", "0s"];
    case "verify":
      return ["cache", "verify", "--repair"];
    case "rm":
      return ["cache", "rm", ...step.digests];
  }
}
