/** The exports of one NeoDay account and their results; files are described here and made elsewhere. */
import { shuffled } from '../random.ts';
import { NoSuchRecord } from '../records.ts';
import type { ExportFile } from './file/export-file.ts';
import { givenRows, type Rows } from './file/rows.ts';
import {
  type Block,
  blockSize,
  type Edition,
  editionBlock,
  editionRows,
  nextEdition,
  type Source,
  type Step,
} from './rows/edition.ts';
import { code, id } from './rows/ids.ts';
import { rowTypeOf } from './rows/types.ts';

export interface ExportOptions extends Partial<Step> {
  /** Rows of the oldest result. */
  rows?: number;
  /** How many results there are; 0 is an export that never ran. Default 3. */
  results?: number;
}

export type Order = 'newest-first' | 'oldest-first' | 'shuffled';

/** What a new result holds: the next snapshot where nothing is said. */
export interface NewResult {
  /** In place of the export's own, for this result. */
  step?: { [Key in keyof Step]?: number | undefined } | undefined;
  /** ISO 8601. Default now. */
  createdAt?: string | undefined;
  /** ISO 8601. Default 98 years later. */
  expiresAt?: string | undefined;
  /** Raw texts of exactly these rows. */
  rows?: readonly string[] | undefined;
  /** The whole file, to the byte. */
  text?: string | undefined;
}

export interface Result {
  id: string;
  systemName: string;
  /** With the offset, as the vendor writes times here: `2024-06-20T09:35:57+00:00`. */
  createdAt: string;
  expiresAt: string;
  content: Edition | { rows: readonly string[] } | { text: string };
}

export interface Export {
  id: string;
  systemName: string;
  source: Source;
  step: Step;
  results: Result[];
}

export interface AccountOptions {
  seed: number;
  /** Rows of the oldest result of win-info; the other exports have shares of it. */
  rows: number;
  exports: Readonly<Record<string, ExportOptions>>;
  only: readonly string[] | null;
  /** When the oldest result of each export was made, in milliseconds since 1970; the others follow day by day. */
  firstResultAt?: number | undefined;
}

/** Parts of the rows of win-info; lists that a marketing team keeps by hand are short. */
const sizes: Readonly<Record<string, (rows: number) => number>> = {
  'campaign-info': () => 12,
  'user-base-connections': (rows) => rows / 4,
  'player-info-user-id': (rows) => rows / 2,
  'player-info-game-type': (rows) => rows / 2,
  'win-info': (rows) => rows,
  'all-coupons': (rows) => rows / 5,
  'challenges-user-id': (rows) => rows / 4,
  'challenges-game-type': (rows) => rows / 4,
  'gamification-prize-user-id': (rows) => rows / 5,
  'gamification-prize-prize-type': () => 40,
  'survey-answers': (rows) => rows / 20,
};

const usual: Step = { changedPercent: 1, newPercent: 1, removedPercent: 0.2 };
const usualFirstResult = Date.UTC(2025, 10, 18, 2, 0, 10);
export const dayMs = 86_400_000;
/** Each may hold a block of 1,000 rows, about 150 KB. */
const keptBlocks = 64;

export class Account {
  readonly exports: ReadonlyMap<string, Export>;
  private readonly seed: number;
  private readonly firstResultAt: number;
  private readonly initial: ReadonlyMap<string, number>;
  private readonly byId = new Map<string, Result>();
  private readonly blocks = new Map<string, Block>();

  constructor(options: AccountOptions) {
    this.seed = options.seed;
    this.firstResultAt = options.firstResultAt ?? usualFirstResult;
    const known = options.only ?? [...new Set([...Object.keys(sizes), ...Object.keys(options.exports)])];
    this.exports = new Map(known.map((name, index) => [name, createExport(name, index, options)]));
    this.initial = new Map(known.map((name) => [name, options.exports[name]?.results ?? 3]));
    for (const name of known) this.reset(name);
  }

  /** The results that were there at the start, and no other. @throws {NoSuchRecord} */
  reset(systemName: string): void {
    const { results } = this.export(systemName);
    for (const result of results.splice(0)) this.byId.delete(result.id);
    for (let index = 0; index < (this.initial.get(systemName) ?? 0); index += 1) {
      this.add(systemName, { createdAt: new Date(this.firstResultAt + index * dayMs).toISOString() });
    }
  }

  /** @throws {NoSuchRecord} */
  export(systemName: string): Export {
    const found = this.exports.get(systemName);
    if (found !== undefined) return found;
    throw new NoSuchRecord(`There is no export ${systemName}. Known: ${[...this.exports.keys()].join(', ')}.`);
  }

  result(resultId: string): Result | undefined {
    return this.byId.get(resultId);
  }

  /** @throws {NoSuchRecord} for an unknown export */
  add(systemName: string, { createdAt, expiresAt, rows, text, step = {} }: NewResult = {}): Result {
    const one = this.export(systemName);
    const { results } = one;
    const created = createdAt === undefined ? new Date() : new Date(createdAt);
    const expires = expiresAt === undefined ? new Date(created.getTime() + 98 * 365 * dayMs) : new Date(expiresAt);
    const added: Result = {
      id: id(
        this.seed,
        'result',
        results.length % 1000,
        code(numberOf(systemName) + Math.floor(results.length / 1000)),
      ),
      systemName,
      createdAt: written(created),
      expiresAt: written(expires),
      content: contentOf({ rows, text }) ?? nextOf(one, step),
    };
    results.push(added);
    this.byId.set(added.id, added);
    return added;
  }

  /** @param firstBlock another number makes another file of the same length */
  file({ systemName, content }: Result, firstBlock = 0): ExportFile {
    const rootKey = systemName.replaceAll('-', '_');
    if ('text' in content) return { rootKey, rows: givenRows([]), exactly: content.text };
    if ('rows' in content) return { rootKey, rows: givenRows(content.rows) };
    return { rootKey, rows: this.generated(systemName, content, firstBlock) };
  }

  private generated(systemName: string, edition: Edition, firstBlock: number): Rows {
    const { source } = this.export(systemName);
    const key = `${systemName} ${edition.changed} ${edition.removed}`;
    const block = this.blocks.get(key) ?? editionBlock(source, edition);
    this.blocks.delete(key);
    this.blocks.set(key, block);
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= keptBlocks) break;
      this.blocks.delete(oldest);
    }
    return editionRows(block, { ...source, firstBlock }, edition);
  }
}

function createExport(name: string, index: number, { seed, rows: all, exports }: AccountOptions): Export {
  const sizeOf = (other: string) => exports[other]?.rows ?? Math.ceil((sizes[other] ?? (() => 20))(all));
  const rows = sizeOf(name);
  const users = blockSize(sizeOf('user-base-connections'));
  const world = {
    seed,
    users,
    campaigns: Math.min(12, blockSize(sizeOf('campaign-info'))),
    prizes: blockSize(sizeOf('gamification-prize-prize-type')),
  };
  const userBlocks = Math.max(1, Math.floor(sizeOf('user-base-connections') / users));
  const { changedPercent, newPercent, removedPercent } = { ...usual, ...exports[name] };
  return {
    id: id(seed, 'export', index, code(numberOf(name))),
    systemName: name,
    source: { type: rowTypeOf(name), world, userBlocks, rows, firstBlock: 0 },
    step: { changedPercent, newPercent, removedPercent },
    results: [],
  };
}

function contentOf({ rows, text }: Pick<NewResult, 'rows' | 'text'>): Result['content'] | undefined {
  if (text !== undefined) return { text };
  return rows === undefined ? undefined : { rows };
}

function nextOf({ source, step, results }: Export, own: NonNullable<NewResult['step']>): Edition {
  const before = results.findLast(({ content }) => 'size' in content)?.content;
  if (before === undefined || !('size' in before)) return { size: source.rows, changed: 0, removed: 0 };
  const { changedPercent = step.changedPercent, newPercent = step.newPercent } = own;
  const { removedPercent = step.removedPercent } = own;
  return nextEdition(before, { changedPercent, newPercent, removedPercent }, source.rows);
}

/** Another number for every name, so that the results of two exports never share an id. */
function numberOf(systemName: string): number {
  return [...systemName].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 50_000_017, 7);
}

function written(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, '+00:00');
}

/** As the list of results has them. */
export function ordered(results: readonly Result[], order: Order, seed: number): Result[] {
  if (order === 'shuffled') return shuffled(results, seed);
  const sorted = [...results].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  return order === 'newest-first' ? sorted.reverse() : sorted;
}
