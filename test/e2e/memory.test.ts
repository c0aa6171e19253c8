import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { startRegistry } from "../support/registry.ts";
import { type Command, createCommand } from "./support/command.ts";

const mebibyte = 1024 * 1024;

/**
 * What a process has at its end to say of its own memory. Not `resourceUsage().maxRSS`, which begins with that of the
 * process that started it.
 */
const reporter = `
  const { readFileSync, writeFileSync } = process.getBuiltinModule("node:fs");
  process.on("exit", () => writeFileSync(process.env.MEMORY_REPORT, readFileSync("/proc/self/status")));
`;

test("a component of 512 MiB takes less than 80 MiB of memory over what --version takes", async () => {
  await using command = await createCommand();
  await using registry = await startRegistry();
  const wasm = join(command.directory, "large.wasm");
  await using file = await open(wasm, "wx");
  await file.write(bytesOf(mebibyte, "large"));
  await file.truncate(512 * mebibyte);
  const { reference, manifestDigest } = pushComponent(registry, {
    repository: "example/large",
    tag: "1.0",
    wasm,
  });
  const idle = await peakOf(command, ["--version"]);
  const peak = await peakOf(command, ["pull", reference]);
  console.log(`peak ${toMiB(peak)} MiB, idle ${toMiB(idle)} MiB`);
  expect(toMiB(peak - idle)).toBeLessThan(80);
  const again = await peakOf(command, ["--offline", "pull", manifestDigest]);
  expect(toMiB(again - idle)).toBeLessThan(80);
});

/** The most memory, in bytes, that one run of the command ever had. */
async function peakOf(command: Command, args: readonly string[]): Promise<number> {
  const report = join(command.directory, "memory.txt");
  const { code, stderr } = await command.run([...args, "--quiet"], {
    env: { MEMORY_REPORT: report },
    preload: reporter,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(report, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}

function toMiB(bytes: number): number {
  return Math.round(bytes / mebibyte);
}
