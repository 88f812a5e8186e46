import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that mostly wait: begun last, they would be all that is left at the end. Longest first. */
const slowest = [
  'atobi/budget-used',
  'commands/start',
  'durability/outages',
  'durability/kills',
  'neoday/kills',
  'atobi/poison',
  'atobi/push',
  'atobi/kills',
  'changing/model',
  'changing/signals',
  'commands/crash',
  'alerts/pools',
  'changing/identity',
  'operations/watch',
];

/** Without a cache of earlier durations vitest goes by size, which says nothing of how long a file waits. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a.moduleId) - rankOf(b.moduleId));
  }
}

function rankOf(file: string): number {
  const rank = slowest.findIndex((name) => file.endsWith(`/test/${name}.test.ts`));
  return rank === -1 ? slowest.length : rank;
}
