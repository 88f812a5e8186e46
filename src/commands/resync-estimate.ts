import type { Connection } from '../config/schema.ts';
import type { NeodayConnection } from '../config/systems/neoday.ts';
import { count, duration, megabytes, moment } from '../screen/format.ts';
import type { ExportLoad } from '../store/neoday/exports.ts';
import type { PastPass } from '../store/overview.ts';

/** What a resync would take, for people and as a document. */
export interface Estimate {
  lines: string[];
  document: string;
}

const nothingStarted = 'Nothing was started. Rows that have not changed are written too, so it may take longer.';

/** By the last complete pass of each stream; those that were never read to their end are null in the document. */
export function estimatePasses({ name }: Connection, streams: readonly string[], past: readonly PastPass[]): Estimate {
  const known = knownOf(streams, past);
  const sum = (of: (pass: PastPass) => number) => known.reduce((all, pass) => all + of(pass), 0);
  const totals = {
    pages: sum(({ pages }) => pages),
    requests: sum(({ requests }) => requests),
    seconds: tenths(sum(({ seconds }) => seconds)),
  };
  const head = `A resync of ${name} would take about ${count(totals.pages)} pages, ${count(totals.requests)} requests and ${duration(totals.seconds)}:`;
  return estimate({ connection: name, ...totals }, head, streams, known, passInWords);
}

function passInWords({ stream, rows, pages, requests, seconds, finishedAt }: PastPass): string {
  return `  ${stream}: ${count(rows)} rows, ${count(pages)} pages, ${count(requests)} requests, ${duration(seconds)} (as at ${moment(new Date(finishedAt))})`;
}

/** By the ledger of results and the newest speeds. Exports load side by side, so their times do not add up. */
export function estimateLoads(
  { name, concurrency }: NeodayConnection,
  streams: readonly string[],
  past: readonly ExportLoad[],
): Estimate {
  const known = knownOf(streams, past);
  const sum = (of: (load: ExportLoad) => number) => known.reduce((all, load) => all + of(load), 0);
  const secondsOf = ({ seconds }: ExportLoad) => seconds ?? 0;
  const totals = {
    results: sum(({ results }) => results),
    bytes: sum(({ bytes }) => bytes),
    seconds: tenths(Math.max(0, sum(secondsOf) / concurrency, ...known.map(secondsOf))),
  };
  const head = `A resync of ${name} would load about ${count(totals.results)} results again, ${megabytes(totals.bytes)} MB, in ${duration(totals.seconds)}:`;
  return estimate({ connection: name, ...totals }, head, streams, known, loadInWords);
}

function loadInWords({ stream, results, rows, bytes, seconds }: ExportLoad): string {
  const took = seconds === null ? '' : `, ${duration(seconds)}`;
  return `  ${stream}: ${count(results)} results, ${count(rows)} rows, ${megabytes(bytes)} MB${took}`;
}

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;

function knownOf<Past extends { stream: string }>(streams: readonly string[], past: readonly Past[]): Past[] {
  return past.filter(({ stream }) => streams.includes(stream));
}

function estimate<Past extends { stream: string }>(
  totals: object,
  head: string,
  streams: readonly string[],
  known: readonly Past[],
  inWords: (past: Past) => string,
): Estimate {
  const all = streams.map((stream) => ({ stream, past: known.find((one) => one.stream === stream) ?? null }));
  const lines = all.map(({ stream, past }) =>
    past === null ? `  ${stream}: not known, it was never read to its end` : inWords(past),
  );
  const document = Object.fromEntries(all.map(({ stream, past }) => [stream, past && withoutStream(past)]));
  return {
    lines: [head, ...lines, nothingStarted],
    document: JSON.stringify({ ...totals, streams: document }),
  };
}

function withoutStream<Past extends { stream: string }>({ stream: _, ...rest }: Past): Omit<Past, 'stream'> {
  return rest;
}
