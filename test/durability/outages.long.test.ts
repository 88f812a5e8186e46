import { describe } from 'vitest';
import { testOutages } from './outages.ts';

describe('a run whose servers go away for seconds', { timeout: 90_000 }, () =>
  testOutages({ pages: 200, databaseAwaySeconds: 4, temporalAwaySeconds: 7, cuts: 15 }),
);
