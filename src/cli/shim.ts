#!/usr/bin/env node
if (process.env["GREENTIC_SILENCE_DEPRECATION_WARNINGS"] !== "1") {
  process.stderr.write("warning: greentic-distributor-client is deprecated; use greentic-dist\n");
}
void import("./main.ts");
