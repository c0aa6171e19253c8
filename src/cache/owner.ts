import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import type { JsonObject } from "../core/index.ts";
import { ifPresent } from "./io-errors.ts";

/**
 * Who this process is, for others that find what it left: a process with another machine, boot or pid namespace
 * cannot be looked up from here, and a pid that started at another time is another process.
 */
export function describeOwner(): Promise<JsonObject> {
  return (description ??= describe());
}

/** It stays the same as long as the process lives. */
let description: Promise<JsonObject> | undefined;

async function describe(): Promise<JsonObject> {
  const [machine, boot, pidNamespace, stat] = await Promise.all([
    readText("/etc/machine-id"),
    readText("/proc/sys/kernel/random/boot_id"),
    ifPresent(readlink("/proc/self/ns/pid")),
    readText("/proc/self/stat"),
  ]);
  return {
    machine: machine ?? hostname(),
    boot: boot ?? null,
    pid_namespace: pidNamespace ?? null,
    pid: process.pid,
    // Field 22 counts from the name in parentheses, which may itself hold spaces.
    start_time: stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null,
  };
}

async function readText(path: string): Promise<string | undefined> {
  return (await ifPresent(readFile(path, "utf8")))?.trim();
}
