import { describe } from 'vitest';
import { tryLines } from './cases.ts';
import { operatingCases } from './operating-cases.ts';

describe('a line of docs/operating.md', () => {
  // What plain `temporal` does stands in temporal.long.test.ts; `start` is what README's lines run against.
  tryLines('docs/operating.md', operatingCases, /^temporal |^npx incentive-sync start$/);
});
