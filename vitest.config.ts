import { configDefaults, defineConfig } from 'vitest/config';
import { Spread } from './test/support/spread.ts';

/** Minutes of processes and waiting: `npm run test:long` runs them, `npm test` stays short without them. */
const long = 'test/**/*.long.test.ts';

export default defineConfig({
  test: {
    include: process.env.TEST_LONG === '1' ? [long] : ['test/**/*.test.ts'],
    exclude: process.env.TEST_LONG === '1' ? configDefaults.exclude : [...configDefaults.exclude, long],
    globalSetup: ['test/support/servers.ts'],
    pool: 'forks',
    // More than there are processors here: most of a file's time is waiting for servers.
    maxWorkers: 4,
    sequence: { sequencer: Spread },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 15_000,
    // Real processes and real time on a machine that others use: there a test has failed when it fails twice, and the
    // report names those that did it once. By hand the first failure counts.
    retry: process.env.CI ? 1 : 0,
  },
});
