import { printable } from '../screen/format.ts';
import { type Colour, paint, type Screen } from '../screen/screen.ts';
import { isToDo, type PlannedPool } from '../vendors/vibes/plan.ts';
import type { SettingValue } from '../vendors/vibes/pool.ts';

type Kind = PlannedPool['kind'];

const marks: Record<Kind, readonly [mark: string, colour: Colour]> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  unchanged: ['=', 'dim'],
  unmanaged: ['·', 'dim'],
  refused: ['!', 'red'],
};

const words: Record<Kind, string> = {
  create: 'to create',
  update: 'to change',
  unchanged: 'as declared',
  unmanaged: 'not declared, left alone',
  refused: 'not understood',
};

/** A plan as people read it: what is to be done field by field, and a line that counts. */
export function planLines(connection: string, planned: readonly PlannedPool[], screen: Screen): string[] {
  const kinds = Object.keys(words).filter((kind): kind is Kind => planned.some((one) => one.kind === kind));
  const counts = kinds.map((kind) => `${planned.filter((one) => one.kind === kind).length} ${words[kind]}`);
  return [...planned.flatMap((one) => linesOf(one, screen)), `${connection}: ${counts.join(', ') || 'no pools'}`];
}

function linesOf(planned: PlannedPool, screen: Screen): string[] {
  const [mark, colour] = marks[planned.kind];
  const id = 'id' in planned ? ` (${planned.id})` : '';
  const head = `  ${paint(screen, colour, mark)} ${printable(planned.name)}${id}`;
  switch (planned.kind) {
    case 'create':
      return [head, ...Object.entries(planned.settings).map(([name, value]) => `      ${name}: ${shown(value)}`)];
    case 'update':
      return [
        head,
        ...planned.differences.map(({ setting, from, to }) => `      ${setting}: ${shown(from)} → ${shown(to)}`),
      ];
    case 'refused':
      return [`${head}: ${printable(planned.sentence)}`];
    default:
      return [head];
  }
}

function shown(value: SettingValue | undefined): string {
  return value === undefined ? '(not told)' : printable(JSON.stringify(value));
}

/** The same for scripts. */
export function planDocument(connection: string, planned: readonly PlannedPool[]): string {
  return JSON.stringify({ connection, toDo: planned.filter(isToDo).length, pools: planned });
}
