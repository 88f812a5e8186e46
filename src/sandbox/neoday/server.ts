/**
 * NeoDay's automated exports: the token, the list of exports, the results of one, the download URL of a result, and the
 * store behind that URL. Source: dev.neoday.com/server-apis/automated-exports. Not documented there and chosen here: the
 * failures in the shape of league/oauth2-server, at most 100 results a page, 404 for what does not exist.
 */
import { NoSuchRecord } from '../records.ts';
import type { Vendor } from '../vendor.ts';
import { Account, type ExportOptions, type NewResult, type Order, type Result } from './account.ts';
import { registerResults } from './admin.ts';
import { neodayFaults } from './faults/kinds.ts';
import { bytesOfFile } from './file/export-file.ts';
import { rowTexts } from './file/rows.ts';
import { registerGateway } from './gateway.ts';
import { Signatures } from './signatures.ts';
import type { Answering, Settings } from './site.ts';
import type { StoreOptions } from './storage.ts';
import { registerStore } from './store.ts';
import { exportStream } from './stream.ts';
import { type Credentials, failure } from './token.ts';

export interface NeodayOptions extends Partial<Credentials> {
  /** Path before `/api/1`; the store's is this with `-files` behind it. Default `/neoday`. */
  basePath?: string;
  /** Rows of the oldest result of win-info; the other exports have shares of it. Default 20,000. */
  rows?: number;
  /** Sizes of single exports; a name that is not documented makes one more export. */
  exports?: Readonly<Record<string, ExportOptions>>;
  /** Only these exports, in this order; an empty list is an account without any. */
  only?: readonly string[];
  /** When the oldest result of each export was made, in milliseconds since 1970. Default 18 November 2025. */
  firstResultAt?: number;
  /** The same seed and sizes give the same files on every machine. Default 1. */
  seed?: number;
  /** Order of the lists of results. Default `newest-first`. */
  order?: Order;
  /** Lists the first result once more at the end, and counts it twice. Default false. */
  listedTwice?: boolean;
  /** What `expires_in` says, and how long tokens are good. Default 15,638,400, as in the vendor's sample. */
  tokenSeconds?: number;
  /** How long a download URL is good. Default 900. */
  urlSeconds?: number;
  /** Host name in download URLs; the port is the client's. Default: the name by which the client came. */
  filesHost?: string;
  /** How the store hands files out. Default: strong ETag, ranges, no gzip. */
  store?: Partial<StoreOptions>;
  /** Every answer comes so much later. Default 0. */
  latencyMs?: number;
}

/** What a test may ask of the account beside requests. */
export interface NeodayControls {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lets a new result appear. @throws {NoSuchRecord} for an unknown export */
  addResult(systemName: string, result?: NewResult): Result;
  /** In order of appearance. @throws {NoSuchRecord} for an unknown export */
  results(systemName: string): readonly Result[];
  /** What the file of a result holds. @throws {NoSuchRecord} */
  file(resultId: string): FileContents;
}

export interface FileContents {
  result: Result;
  rows: number;
  bytes: number;
  /** Raw texts of its rows in order; none where the whole file was given as a text. */
  texts(): Iterable<string>;
}

/** The vendor and what may be asked of it beside requests. */
export type Neoday = Vendor & { controls: NeodayControls };

const store: StoreOptions = { etag: 'strong', ranges: true, gzip: false };

export function createNeoday(options: NeodayOptions = {}): Neoday {
  const { rows = 20_000, exports = {}, only = null } = options;
  const settings = settingsOf(options);
  const { clientId, clientSecret, basePath } = settings;
  const account = new Account({ seed: settings.seed, rows, exports, only, firstResultAt: options.firstResultAt });
  const site = { account, settings, signatures: new Signatures(clientSecret) };
  const controls = { clientId, clientSecret, ...controlsOf(account) };
  const neoday: Neoday = {
    controls,
    system: 'neoday',
    basePath,
    streams: new Map([...account.exports.keys()].map((name) => [name, exportStream(account, name)])),
    faults: neodayFaults,
    // Tokens, and signatures of URLs, may stand in a URL that a client got wrong.
    secrets: [clientSecret, /eyJ[\w-]+\.[\w-]+\.[\w-]+/g, /(?<=X-Amz-Signature=)[^&]+/gi],
    register(app, serve) {
      const answer: Answering = (call, request, reply) => serve(neoday, call, request, reply);
      registerGateway(app, site, answer);
      registerStore(app, site, answer);
    },
    registerAdmin: (admin) => registerResults(admin, controls),
    failure,
  };
  return neoday;
}

function settingsOf(options: NeodayOptions): Settings {
  return {
    clientId: 'sandbox-client',
    clientSecret: 'sandbox-secret',
    basePath: '/neoday',
    seed: 1,
    order: 'newest-first',
    listedTwice: false,
    tokenSeconds: 15_638_400,
    urlSeconds: 900,
    filesHost: null,
    latencyMs: 0,
    ...options,
    store: { ...store, ...options.store },
  };
}

function controlsOf(account: Account): Omit<NeodayControls, 'clientId' | 'clientSecret'> {
  return {
    addResult: (systemName, result) => account.add(systemName, result),
    results: (systemName) => account.export(systemName).results,
    file(resultId) {
      const result = account.result(resultId);
      if (result === undefined) throw new NoSuchRecord(`There is no result ${resultId}.`);
      const file = account.file(result);
      const { rows } = file;
      return { result, rows: rows.count, bytes: bytesOfFile(file).length, texts: () => rowTexts(rows) };
    },
  };
}
