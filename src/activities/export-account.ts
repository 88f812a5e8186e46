import type { StreamCounts } from '../receipt.ts';
import { emptyCounts } from '../receipt.ts';
import type { Rules } from '../rules.ts';
import type { Store } from '../store/connect.ts';
import { type ExportAccount, readAccount, type Trouble } from '../store/neoday/account.ts';
import { countMended } from '../store/neoday/replay.ts';
import { countsOf, readCursor } from '../store/runs.ts';
import type { StreamVerdict } from './judge.ts';

/** What a run has counted of one export, and what there is to say of it. */
export interface AccountedExport {
  counts: StreamCounts;
  verdict: StreamVerdict;
  /** Its newest file has so few rows that a person has to agree. */
  fewer: boolean;
}

/** An export is complete when no result of it is left, gone or broken. */
export async function accountOf(
  store: Store,
  { connection, runId, rules }: { connection: string; runId: string; rules: Rules },
  told: StreamVerdict,
): Promise<AccountedExport> {
  const { stream } = told;
  const cursor = await readCursor(store, { connection, stream }, runId);
  const account = await readAccount(store.sql, { connection, export: stream }, runId);
  const counts = { ...(cursor === null ? emptyCounts : countsOf(cursor, 0)), results: account.results };
  const shortcomings = [
    ...told.shortcomings,
    ...account.troubles.map(troubleOf(stream)),
    ...tooMany(stream, counts, rules),
    ...tooFew(connection, account, rules),
  ];
  const asOf = shortcomings.length === 0 ? account.asOf : null;
  const remarks = [
    ...told.remarks,
    ...neverRun(told, account),
    ...expiring(stream, account),
    ...putAside(stream, counts),
    ...mended(stream, await countMended(store.sql, { connection, export: stream }, runId)),
  ];
  return {
    counts: { ...counts, asOf },
    verdict: { ...told, complete: shortcomings.length === 0, asOf, shortcomings, remarks },
    fewer: account.fewer !== null,
  };
}

const troubleOf =
  (stream: string) =>
  ({ resultId, createdAt, state, reason }: Trouble): string => {
    const what = `${stream}: result ${resultId}, made ${minuteOf(createdAt)} UTC,`;
    if (state === 'expired') return `${what} is gone and can never be loaded. ${reason}`;
    return `${what} could not be loaded whole. ${reason} The next run tries again.`;
  };

const few = 10;

function tooMany(stream: string, { quarantined, fetched }: StreamCounts, { maxQuarantinePercent }: Rules): string[] {
  const allOfIt = quarantined > 0 && quarantined >= fetched;
  if (!allOfIt && (quarantined <= few || quarantined <= (fetched * maxQuarantinePercent) / 100)) return [];
  return [
    `${stream}: ${quarantined} of ${fetched} rows do not fit, more than maxQuarantinePercent (${maxQuarantinePercent}) allows.`,
  ];
}

function tooFew(connection: string, { fewer }: ExportAccount, { maxDeletePercent }: Rules): string[] {
  if (fewer === null) return [];
  const { export: stream, resultId, createdAt, rows, rowsBefore } = fewer;
  const file = `the newest file (result ${resultId}, made ${minuteOf(createdAt)} UTC)`;
  return [
    `${stream}: ${file} has ${rows} rows where one before had ${rowsBefore}: more are missing than maxDeletePercent (${maxDeletePercent}) allows. It is loaded, and the rows that it does not show stay in the current view until a later file has enough of them, or until you agree: \`incentive-sync approve-deletes ${connection}\`.`,
  ];
}

const minuteOf = (time: string): string => time.slice(0, 16).replace('T', ' ');

function neverRun({ stream, shortcomings }: StreamVerdict, { results }: ExportAccount): string[] {
  if (results.found > 0 || shortcomings.length > 0) return [];
  return [`${stream}: NeoDay has not run this export yet, so there was nothing to load.`];
}

function expiring(stream: string, { expiring: { count, first } }: ExportAccount): string[] {
  if (count === 0 || first === null) return [];
  const results = count === 1 ? '1 result that is not loaded ends' : `${count} results that are not loaded end`;
  return [
    `${stream}: ${results} soon at NeoDay, the first at ${minuteOf(first)} UTC. Load it before then, or its rows are lost.`,
  ];
}

function putAside(stream: string, { quarantined }: StreamCounts): string[] {
  if (quarantined === 0) return [];
  const rows = quarantined === 1 ? '1 row was' : `${quarantined} rows were`;
  return [`${stream}: ${rows} put aside; \`incentive-sync quarantine list\` shows which and why.`];
}

function mended(stream: string, count: number): string[] {
  if (count === 0) return [];
  const rows =
    count === 1 ? '1 row that was put aside fits now and was' : `${count} rows that were put aside fit now and were`;
  return [`${stream}: ${rows} stored.`];
}
