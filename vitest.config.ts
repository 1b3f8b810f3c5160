import { defineConfig } from 'vitest/config';

const conditions = ['@adapterfusion/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages,apps,tools}/**/src/**/*.test.ts', 'benchmarks/src/**/*.test.ts'],
    exclude: ['**/dist/**', '**/node_modules/**'],
    pool: 'forks',
    maxWorkers: 2,
    // Loading TensorFlow.js again for each of 150 files takes longer than most of their tests.
    isolate: false,
    setupFiles: ['tools/suites/src/close-backend.mjs'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
