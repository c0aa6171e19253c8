import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { describeOwner, isOwnerGone } from "./owner.ts";

test("this process is there", async () => {
  expect(await isOwnerGone(await describeOwner())).toBe(false);
});

test("a process that was killed is gone, before and after its parent has asked how it ended", async () => {
  const child = spawn("/bin/sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(child.stdout, "data");
  const grandchild = Number(String(line));
  const ours = await describeOwner();
  const ownerOf = (pid: number) => ({ ...ours, pid, start_time: "not its own" });
  expect(await isOwnerGone(ownerOf(grandchild))).toBe(true);
  process.kill(grandchild, "SIGKILL");
  child.kill("SIGKILL");
  await once(child, "close");
  expect(await isOwnerGone(ownerOf(child.pid ?? 0))).toBe(true);
});

test("a process of another start time is another one that got the pid again", async () => {
  const ours = await describeOwner();
  expect(await isOwnerGone({ ...ours, start_time: "1" })).toBe(true);
});

test.each([
  { machine: "another" },
  { boot: "another" },
  { pid_namespace: "pid:[1]" },
  { pid: "1" },
  { pid: undefined },
])("nothing can be told of an owner with %o", async (change) => {
  const ours = await describeOwner();
  expect(await isOwnerGone({ ...ours, ...change })).toBeUndefined();
});
