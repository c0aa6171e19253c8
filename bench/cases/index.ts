import type { Case } from "../case.ts";
import { bundle, bundleMemory } from "./bundle.ts";
import { cold200, cold40 } from "./cold-many.ts";
import { coldOne } from "./cold-one.ts";
import { devServer } from "./dev-server.ts";
import { library } from "./library.ts";
import { memory } from "./memory.ts";
import { slowLink } from "./slow-link.ts";
import { warmLock } from "./warm-lock.ts";
import { warmPull } from "./warm-pull.ts";

/** All cases, in the order in which they are run and shown. */
export const cases: readonly Case[] = [
  coldOne,
  cold40,
  cold200,
  slowLink,
  warmPull,
  library,
  warmLock,
  memory,
  bundle,
  bundleMemory,
  devServer,
];
