import type { RowBatch } from '../store/neoday/commit.ts';
import { RowPacker } from '../store/neoday/packed-rows.ts';
import type { AsideRow } from '../store/neoday/quarantine.ts';
import type { Row } from '../vendors/json/rows.ts';
import type { Download } from '../vendors/neoday/download.ts';
import { mappingVersion } from '../vendors/neoday/fields.ts';
import type { RowMapper } from '../vendors/neoday/rows.ts';
import type { Loading } from './loading.ts';

/** The most that one commit takes: it must end well within a heartbeat, and a crash costs no more than some of them. */
const mostRows = 20_000;
const mostBytes = 4 * 1024 * 1024;
/** A slow file is committed as it comes. */
const longestMs = 1_000;

/** Gathers rows until they are worth a commit. */
export class BatchBuilder {
  readonly #map: RowMapper;
  readonly #loading: Loading;
  readonly #download: Download;
  readonly #rows: RowPacker;
  #aside: AsideRow[] = [];
  #bytesDone: number;
  #rowsDone: number;
  #bytes = 0;
  #requests: number;
  #received = 0;
  #since = performance.now();

  constructor(map: RowMapper, loading: Loading, download: Download) {
    this.#map = map;
    this.#rows = new RowPacker(loading.file.sequence);
    this.#loading = loading;
    this.#download = download;
    this.#bytesDone = loading.file.bytesDone;
    this.#rowsDone = loading.file.rowsDone;
    this.#requests = loading.unbookedRequests();
  }

  get full(): boolean {
    return this.#rows.count + this.#aside.length >= mostRows || this.#bytes >= mostBytes;
  }

  /** Whether rows have waited long enough, however few they are. */
  get due(): boolean {
    return !this.empty && performance.now() - this.#since >= longestMs;
  }

  get empty(): boolean {
    return this.#rows.count + this.#aside.length === 0;
  }

  add({ bytes, end, row }: Row): void {
    const mapped = this.#map(bytes);
    if ('reason' in mapped) this.#aside.push({ ...mapped, row, mappingVersion });
    else this.#rows.add({ ...mapped, row });
    this.#bytes += bytes.length;
    this.#bytesDone = end;
    this.#rowsDone = row;
  }

  /** What was gathered, with the place after it and the traffic since the last time. */
  take(): RowBatch {
    const received = this.#download.received();
    const traffic = { requests: this.#requests, bytes: received - this.#received };
    this.#loading.traffic.bytes += traffic.bytes;
    const batch = {
      rows: this.#rows.take(),
      aside: this.#aside,
      bytesDone: this.#bytesDone,
      rowsDone: this.#rowsDone,
      traffic,
    };
    this.#aside = [];
    this.#bytes = 0;
    this.#requests = 0;
    this.#received = received;
    this.#since = performance.now();
    return batch;
  }
}
