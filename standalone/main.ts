/**
 * The entry of the standalone program: one executable that answers to the names of both of the package's commands.
 * @module
 */
import { basename } from "node:path";
import { main } from "../src/cli/program.ts";

void main(basename(process.argv0));
