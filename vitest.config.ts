import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The tests of whole processes wait for most of their time: one more than there are cores keeps the cores busy.
    maxWorkers: Math.min(4, availableParallelism() + 1),
  },
});
