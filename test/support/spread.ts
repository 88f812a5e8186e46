import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of processes, kills and minutes. Begun at the same time they starve each other; begun last, all wait for them. */
const heavy = [
  'atobi/budget-used',
  'commands/start',
  'durability/kills',
  'neoday/kills',
  'atobi/kills',
  'hygiene/checks',
  'atobi/push',
  'commands/doctor',
  'changing/signals',
  'schedules/ticks',
  'workflows/web-ui',
  'operations/causes',
  'commands/json',
];

/** Light files between two heavy ones. */
const gap = 4;

/** Without a cache of earlier durations vitest goes by size, which says nothing of how long a file takes. */
export class Spread extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const heavies = heavy.flatMap((name) => sorted.filter(({ moduleId }) => isOf(moduleId, name)));
    const lights = sorted.filter((file) => !heavies.includes(file));
    return [...heavies.flatMap((file) => [file, ...lights.splice(0, gap)]), ...lights];
  }
}

const isOf = (file: string, name: string): boolean => file.endsWith(`/test/${name}.test.ts`);
