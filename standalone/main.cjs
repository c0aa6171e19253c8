/** The entry of the standalone program: one executable that answers to the names of both of the package's commands. */
const path = require("node:path");
const { main } = require("../dist/cli/program.cjs");

void main(path.basename(process.argv0));
