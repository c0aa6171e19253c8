// Asks for the state of each file of a list, one after another, and does nothing else.
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";

const [list = ""] = process.argv.slice(2);
for (const path of JSON.parse(readFileSync(list, "utf8")) as readonly string[]) await stat(path);
