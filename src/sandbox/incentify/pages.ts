/** The pages of one stream as bodies, kept once built: a second pull of the same data costs the sandbox nothing. */
import { type Edit, type RawRecord, RecordList, type RecordSource } from '../records.ts';
import { type EndOfList, type LinkStyle, lastPage, pageEnvelope } from './envelope.ts';

export interface PageOptions {
  path: string;
  perPage: number;
  links: LinkStyle;
  end: EndOfList;
}

/** Kept bodies of one stream; beyond it they are built for every request. */
const cacheBytes = 512 * 1024 * 1024;

export class Pages {
  private readonly list: RecordList;
  private readonly options: PageOptions;
  private cache = new Map<number, Buffer>();
  private cachedBytes = 0;
  /** The cache holds links of one origin only: clients that come by another name are rare. */
  private cachedOrigin = '';

  constructor(source: RecordSource, options: PageOptions) {
    this.list = new RecordList(source);
    this.options = options;
  }

  get size(): number {
    return this.list.size;
  }

  records(): Iterable<RawRecord> {
    return this.list;
  }

  edit(edit: Edit): void {
    this.list.edit(edit);
    this.forget();
  }

  reset(): void {
    this.list.reset();
    this.forget();
  }

  /** Body of a page with links of `origin`; a page beyond the last is empty. */
  body(page: number, origin: string): Buffer {
    if (origin !== this.cachedOrigin) {
      this.forget();
      this.cachedOrigin = origin;
    }
    return this.cache.get(page) ?? this.keep(page, this.build(page, origin));
  }

  /** Builds every page now. */
  precompute(origin: string): void {
    const last = lastPage({ total: this.size, perPage: this.options.perPage });
    for (let page = 1; page <= last; page += 1) this.body(page, origin);
  }

  private build(page: number, origin: string): Buffer {
    const from = (page - 1) * this.options.perPage;
    const records = this.list.texts(from, from + this.options.perPage);
    return pageEnvelope(records, { ...this.options, page, total: this.size, origin });
  }

  private keep(page: number, body: Buffer): Buffer {
    if (this.cachedBytes + body.length <= cacheBytes) {
      this.cache.set(page, body);
      this.cachedBytes += body.length;
    }
    return body;
  }

  private forget(): void {
    this.cache = new Map();
    this.cachedBytes = 0;
  }
}
