import { hostname } from "node:os";
import { errnoOf, type JsonObject, once } from "../core/index.ts";
import { ifPresent } from "./files/io-errors.ts";
import { readlink, readText } from "./files/quick-fs.ts";

/**
 * Who this process is, for others that find what it left: a process with another machine, boot or pid namespace
 * cannot be looked up from here, and a pid that started at another time is another process.
 */
export const describeOwner: () => Promise<JsonObject> = once(describe);

async function describe(): Promise<JsonObject> {
  const [machine, boot, pidNamespace, stat] = await Promise.all([
    readLine("/etc/machine-id"),
    readLine("/proc/sys/kernel/random/boot_id"),
    ifPresent(readlink("/proc/self/ns/pid")),
    readStat("self"),
  ]);
  return {
    machine: machine ?? hostname(),
    boot: boot ?? null,
    pid_namespace: pidNamespace ?? null,
    pid: process.pid,
    start_time: stat?.startTime ?? null,
  };
}

/**
 * Whether the process that an owner describes has ended; `undefined` when that cannot be looked up from here: it ran
 * on another machine, before a reboot, in another container, or on a system without `/proc`.
 */
export async function isOwnerGone(owner: JsonObject): Promise<boolean | undefined> {
  const ours = await describeOwner();
  if (ours["start_time"] === null || ours["pid_namespace"] === null) return undefined;
  const isNear = ["machine", "boot", "pid_namespace"].every((key) => owner[key] === ours[key]);
  const pid = owner["pid"];
  if (!isNear || typeof pid !== "number") return undefined;
  const stat = await readStat(pid);
  return stat === undefined || stat.isZombie || stat.startTime !== owner["start_time"];
}

interface ProcessStat {
  readonly isZombie: boolean;
  readonly startTime: string | undefined;
}

/** What Linux knows of a process (proc(5)); `undefined` when there is none, or this is not Linux. */
async function readStat(pid: number | "self"): Promise<ProcessStat | undefined> {
  const stat = await readLine(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // Fields are counted from the name in parentheses, which may itself hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { isZombie: fields[0] === "Z", startTime: fields[19] };
}

async function readLine(path: string): Promise<string | undefined> {
  try {
    return (await ifPresent(readText(path)))?.trim();
  } catch (error) {
    // The process ended between open and read.
    if (errnoOf(error) === "ESRCH") return undefined;
    throw error;
  }
}
