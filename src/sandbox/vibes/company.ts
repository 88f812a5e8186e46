/** The pools of one company: their texts as sent, and what changes them. */
import { type Edit, NoSuchRecord, type RawRecord, RecordList } from '../records.ts';
import { type GeneratedOptions, generatedPools, timeOf } from './generated.ts';

/** A pool as an object. Only what is read here has a type; everything else is kept. */
export interface PoolObject {
  id?: unknown;
  issuance_allowed?: unknown;
  incentive_codes?: { total?: unknown; issued?: unknown; remaining?: unknown; [name: string]: unknown };
  [name: string]: unknown;
}

export interface CompanyOptions extends GeneratedOptions {
  /** Codes that every pool issues in a second while it may and can. */
  issuedPerSecond: number;
}

export class Company {
  readonly #options: CompanyOptions;
  readonly #list: RecordList;
  readonly #locked = new Set<string>();
  #nextId: number;
  #since = Date.now();
  #issued = 0;

  constructor(options: CompanyOptions) {
    this.#options = options;
    this.#list = new RecordList(generatedPools(options));
    this.#nextId = this.#afterLargest();
  }

  get size(): number {
    return this.#list.size;
  }

  /** As they are now. */
  records(): Iterable<RawRecord> {
    this.#letTimePass();
    return this.#list;
  }

  textOf(id: string): string | null {
    return [...this.records()].find((record) => record.id === id)?.text ?? null;
  }

  edit(edit: Edit): void {
    this.#letTimePass();
    this.#list.edit(edit);
  }

  reset(): void {
    this.#list.reset();
    this.#locked.clear();
    this.#since = Date.now();
    this.#issued = 0;
    this.#nextId = this.#afterLargest();
  }

  /** The text of a new pool without codes, which is there once it is inserted. */
  draft(settings: PoolObject): string {
    const id = this.#nextId++;
    const now = this.#now();
    return JSON.stringify({
      id,
      ...settings,
      incentive_codes: this.#spelt({ total: 0, issued: 0, remaining: 0, ...settings.incentive_codes }),
      created_at: now,
      updated_at: now,
      url: `/companies/${this.#options.companyKey}/incentives/pools/${id}`,
    });
  }

  insert(text: string): void {
    this.edit({ op: 'insert', text });
  }

  /** Puts settings in the place of a pool's own, as a PUT or the vendor's user interface does. @throws {NoSuchRecord} */
  change(id: string, settings: PoolObject): void {
    this.#rewrite(id, (pool) => this.#changed(pool, settings));
  }

  /** What `change` would make of the pool. @throws {NoSuchRecord} */
  preview(id: string, settings: PoolObject): string {
    return JSON.stringify(this.#changed(this.#poolOf(id), settings));
  }

  #changed(pool: PoolObject, settings: PoolObject): PoolObject {
    const codes = { ...pool.incentive_codes, ...this.#spelt(settings.incentive_codes ?? {}) };
    return { ...pool, ...settings, incentive_codes: codes, updated_at: this.#now() };
  }

  /** Issues codes, as many as there are. @throws {NoSuchRecord} */
  issue(id: string, count: number): void {
    this.#rewrite(id, (pool) => issued(pool, count));
  }

  /** Adds codes, as an upload does. @throws {NoSuchRecord} */
  refill(id: string, count: number): void {
    this.#rewrite(id, (pool) => {
      const { total, remaining, ...codes } = pool.incentive_codes ?? {};
      return {
        ...pool,
        incentive_codes: { ...codes, total: Number(total) + count, remaining: Number(remaining) + count },
      };
    });
  }

  /** A pool that is locked answers every PUT with 422. */
  lock(id: string, locked: boolean): void {
    if (locked) this.#locked.add(id);
    else this.#locked.delete(id);
  }

  isLocked(id: string): boolean {
    return this.#locked.has(id);
  }

  #rewrite(id: string, change: (pool: PoolObject) => PoolObject): void {
    this.#list.edit({ op: 'put', id, text: JSON.stringify(change(this.#poolOf(id))) });
  }

  #poolOf(id: string): PoolObject {
    const text = this.textOf(id);
    if (text === null) throw new NoSuchRecord(`There is no pool ${id}.`);
    return JSON.parse(text);
  }

  #letTimePass(): void {
    const { issuedPerSecond } = this.#options;
    const due = Math.floor(((Date.now() - this.#since) / 1000) * issuedPerSecond) - this.#issued;
    if (issuedPerSecond === 0 || due <= 0) return;
    this.#issued += due;
    for (const { id, text } of [...this.#list]) {
      const pool = objectIn(text);
      if (id === null || pool === null || pool.issuance_allowed !== true) continue;
      this.#list.edit({ op: 'put', id, text: JSON.stringify(issued(pool, due)) });
    }
  }

  #spelt<Codes extends object>(codes: Codes): object {
    if (!this.#options.misspelt || !('max_characters' in codes)) return codes;
    const { max_characters: max, ...others } = codes;
    return { ...others, max_charachters: max };
  }

  #now(): string {
    return timeOf(Date.now(), this.#options.seconds);
  }

  #afterLargest(): number {
    return Math.max(300, ...[...this.#list].map(({ id }) => Number(id)).filter(Number.isSafeInteger)) + 1;
  }
}

function issued(pool: PoolObject, wanted: number): PoolObject {
  const codes = pool.incentive_codes;
  if (typeof codes?.remaining !== 'number' || typeof codes.issued !== 'number') return pool;
  const count = Math.min(wanted, codes.remaining);
  return { ...pool, incentive_codes: { ...codes, issued: codes.issued + count, remaining: codes.remaining - count } };
}

/** Null for a text that is no JSON object, which is a legitimate test case. */
function objectIn(text: string): PoolObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
