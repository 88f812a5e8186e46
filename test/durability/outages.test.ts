import { describe } from 'vitest';
import { testOutages } from './outages.ts';

describe('a run whose servers go away for a moment', () =>
  testOutages({ pages: 80, databaseAwaySeconds: 1, temporalAwaySeconds: 1, cuts: 0 }));
