/**
 * The entry of the standalone program: one executable that answers to the names of both of the package's commands.
 * @module
 */
import { basename } from "node:path";

const isShim = basename(process.argv0) === "greentic-distributor-client";
await (isShim ? import("../src/cli/shim.ts") : import("../src/cli/main.ts"));
