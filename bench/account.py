"""Runs a command and prints the kernel's account of it, as JSON: milliseconds, and the bytes of its largest process.

Node.js has no wait4(2), which alone tells the CPU time and the memory of a process that has ended.
"""

import json
import os
import signal
import sys
import time

seconds, *command = sys.argv[1:]
nothing = os.open(os.devnull, os.O_RDWR)
streams = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, nothing, 1)]

begin = time.perf_counter_ns()
pid = os.posix_spawnp(command[0], command, os.environ, file_actions=streams)
signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
signal.alarm(int(seconds))
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter_ns() - begin

account = {
    "wallMs": wall / 1e6,
    "cpuMs": (used.ru_utime + used.ru_stime) * 1e3,
    "peakBytes": used.ru_maxrss * 1024,
}
print(json.dumps(account))
if os.WIFSIGNALED(status):
    print(f"ended by signal {os.WTERMSIG(status)} after {wall / 1e9:.0f} s", file=sys.stderr)
sys.exit(0 if status == 0 else 1)
