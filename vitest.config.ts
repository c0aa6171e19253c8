import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { filesLeftOut } from "./test/support/missing-tools.ts";

const results = process.env["GREENTIC_DIST_TEST_RESULTS"];

/** Far more than anything takes that works, on a slow machine that does other things too. */
const patience = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 60_000 } } };

const config: ViteUserConfig = defineConfig({
  test: {
    reporters: results === undefined ? ["default"] : ["default", ["json", { outputFile: results }]],
    globalSetup: "test/support/missing-tools.ts",
    // By default as many as there are cores but one; much of what runs here waits for another process.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["test/e2e/**", ...filesLeftOut()],
          ...patience,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: [...filesLeftOut()],
          ...patience,
        },
      },
    ],
  },
});

export default config;
