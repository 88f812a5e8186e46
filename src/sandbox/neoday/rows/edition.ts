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

/** What every block of a file has in common. */
export interface Block {
  /** Positions that have a row, in order. */
  kept: readonly number[];
  template: () => Template;
}

export function editionBlock({ type, world, rows }: Source, { changed, removed }: Edition): Block {
  const unit = blockSize(rows);
  const positions = Array.from({ length: unit }, (_, position) => position);
  const ranks = new Int32Array(unit);
  shuffled(positions, world.seed).forEach((position, rank) => {
    ranks[position] = rank;
  });
  const rankOf = (position: number) => ranks[position] ?? 0;
  const kept = positions.filter((position) => rankOf(position) < unit - removed);
  const generation = (position: number) => Math.max(0, Math.ceil((changed - rankOf(position)) / unit));
  const written = () => {
    const ids = new Ids(world);
    return kept.map((position) => rowJson(type, ids, { position, generation: generation(position) }));
  };
  let template: Template | undefined;
  return {
    kept,
    template: () => {
      template ??= new Template(written());
      return template;
    },
  };
}

/** @param block of the same source, and of this edition */
export function editionRows({ template, kept }: Block, source: Source, { size }: Edition): Rows {
  const { rows, userBlocks, firstBlock } = source;
  const unit = blockSize(rows);
  const rest = kept.filter((position) => position < size % unit).length;
  const fill = (block: number): Fill => ({
    user: Buffer.from(code(block % userBlocks)),
    block: Buffer.from(code(firstBlock + block)),
    day: Buffer.from(new Date(firstDay + ((firstBlock + block) % days) * dayMs).toISOString().slice(0, 10)),
  });
  return generatedRows({ template, perBlock: kept.length, fullBlocks: Math.floor(size / unit), rest, fill });
}
