import { configDefaults, defineConfig } from 'vitest/config';

/** Minutes of processes and waiting: `npm run test:long` runs them, `npm test` stays short without them. */
const long = [
  'test/changing/check.test.ts',
  'test/changing/connections.test.ts',
  'test/changing/races.test.ts',
  'test/changing/vendor-faults.test.ts',
  'test/commands/control.test.ts',
  'test/neoday/account.test.ts',
  'test/neoday/as-new.test.ts',
  'test/neoday/zombies.test.ts',
  'test/readme/commands.test.ts',
];

export default defineConfig({
  test: {
    include: process.env.TEST_LONG === '1' ? long : ['test/**/*.test.ts'],
    exclude: process.env.TEST_LONG === '1' ? configDefaults.exclude : [...configDefaults.exclude, ...long],
    globalSetup: ['test/support/servers.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // Real processes on a machine that others use too: a test that fails twice has failed.
    retry: 1,
    teardownTimeout: 15_000,
  },
});
