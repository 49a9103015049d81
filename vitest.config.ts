import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests run against the sources; programs under test (bin/) run against the build.
  resolve: { conditions: ["diamgen-source"] },
  ssr: { resolve: { conditions: ["diamgen-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    // vitest leaves one core to itself, and needs none: many of our tests wait for other programs.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: { provider: "v8", include: ["runtime/src/**", "generator/*/src/**", "server/src/**"] },
  },
});
