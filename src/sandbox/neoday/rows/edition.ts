/**
 * What the rows of one result are, against those of the first: three numbers, from which every row follows. Rows lie in
 * blocks of up to 1,000; a change, an addition or a removal strikes the same places of every block, in shuffled order.
 */
import { shuffled } from '../../random.ts';
import { generatedRows, type Rows } from '../file/rows.ts';
import { type Fill, Template } from '../file/template.ts';
import { code, Ids, type World } from './ids.ts';
import { type RowType, rowJson } from './types.ts';

export interface Edition {
  /** Rows before removals. */
  size: number;
  /** Places of a block changed so far, a place counted as often as it has changed. */
  changed: number;
  /** Places of a block whose rows are gone. */
  removed: number;
}

/** What a result has otherwise than the one before it, in percent of the rows. */
export interface Step {
  changedPercent: number;
  newPercent: number;
  removedPercent: number;
}

export function nextEdition(before: Edition, step: Step, rows: number): Edition {
  const unit = blockSize(rows);
  return {
    size: before.size + share(step.newPercent, rows),
    changed: before.changed + share(step.changedPercent, unit),
    removed: Math.min(unit - 1, before.removed + share(step.removedPercent, unit)),
  };
}

/** At least one, where any are wanted and there are any. */
function share(percent: number, of: number): number {
  return percent > 0 && of > 0 ? Math.max(1, Math.round((of * percent) / 100)) : 0;
}

export function blockSize(rows: number): number {
  return Math.max(1, Math.min(1000, rows));
}

export interface Source {
  type: RowType;
  world: World;
  /** Blocks of users that exist. */
  userBlocks: number;
  /** Rows of the first result. */
  rows: number;
  /** Blocks are numbered from here: another number makes other rows of the same length. */
  firstBlock: number;
}

const firstDay = Date.UTC(2024, 2, 20);
const days = 600;
const dayMs = 86_400_000;

/** @param places of `editionTemplate`, for the same source and edition */
export function editionRows(
  { template, kept }: Block,
  { rows, userBlocks, firstBlock }: Source,
  { size }: Edition,
): Rows {
  const unit = blockSize(rows);
  const rest = kept.filter((position) => position < size % unit).length;
  const fill = (block: number): Fill => ({
    user: Buffer.from(code(block % userBlocks)),
    block: Buffer.from(code(firstBlock + block)),
    day: Buffer.from(new Date(firstDay + ((firstBlock + block) % days) * dayMs).toISOString().slice(0, 10)),
  });
  return generatedRows({ template, fullBlocks: Math.floor(size / unit), rest, fill });
}

export interface Block {
  template: Template;
  /** Positions that have a row, in order. */
  kept: readonly number[];
}

export function editionBlock({ type, world, rows }: Source, { changed, removed }: Edition): Block {
  const unit = blockSize(rows);
  const order = shuffled(
    Array.from({ length: unit }, (_, position) => position),
    world.seed,
  );
  const rank = new Map(order.map((position, index) => [position, index]));
  const rankOf = (position: number) => rank.get(position) ?? 0;
  const kept = [...rank.keys()].filter((position) => rankOf(position) < unit - removed).sort((a, b) => a - b);
  const ids = new Ids(world);
  const texts = kept.map((position) => {
    const generation = Math.max(0, Math.ceil((changed - rankOf(position)) / unit));
    return rowJson(type, ids, { position, generation });
  });
  return { template: new Template(texts), kept };
}
