import { emptyCounts, type StreamCounts } from '../receipt.ts';
import type { Rules } from '../rules.ts';
import { accountPush, type KpiAccount, type PushAccount } from '../store/atobi/account.ts';
import type { Store } from '../store/connect.ts';
import type { StreamVerdict } from './judge.ts';

export interface AccountedPush {
  streams: Record<string, StreamCounts>;
  verdicts: StreamVerdict[];
}

interface Closing {
  connection: string;
  runId: string;
  streams: StreamVerdict[];
  rules: Rules;
}

/** What a push did, KPI by KPI. A KPI is complete when the vendor has accepted everything that its source shows. */
export async function accountKpis(store: Store, input: Closing): Promise<AccountedPush> {
  const account = await accountPush(store.sql, input.connection, input.runId);
  const unfit = new Map(account.unfit.map(({ stream, unfit: count }) => [stream, count]));
  const streams: Record<string, StreamCounts> = {};
  const carried = new Set<string>();
  for (const told of input.streams) {
    const kpi = account.kpis.find(({ kpi: name }) => name === told.stream);
    streams[told.stream] = countsOf(account, kpi, unfit.get(told.stream) ?? 0, carried);
  }
  const verdicts = input.streams.map((told) => verdictOf(told, streams[told.stream] ?? emptyCounts, input.rules));
  const whole = withWhole(verdicts, input.connection, account);
  for (const { stream, complete } of whole) {
    const counts = streams[stream];
    if (counts !== undefined && complete) streams[stream] = { ...counts, asOf: account.gatheredAt };
  }
  return { streams, verdicts: whole };
}

/** Requests are a context's, so the first KPI of it carries them: then the sums are right. */
function countsOf(
  account: PushAccount,
  kpi: KpiAccount | undefined,
  unfit: number,
  carried: Set<string>,
): StreamCounts {
  const { created = 0, updated = 0, unchanged = 0, aside = 0, unknown = 0, left = 0, vanished = 0 } = kpi ?? {};
  const quarantined = aside + unfit;
  const total = created + updated + unchanged + unknown + left + quarantined;
  const counts = {
    ...emptyCounts,
    total,
    created,
    updated,
    unchanged,
    quarantined,
    elements: { unknown, left, vanished },
  };
  const sent = carried.has(kpi?.context ?? '')
    ? undefined
    : account.contexts.find((one) => one.context === kpi?.context);
  if (kpi !== undefined) carried.add(kpi.context);
  const fetched = total - unknown - left;
  if (sent === undefined) return { ...counts, fetched };
  const { requests, accepted, bytes, seconds } = sent;
  return { ...counts, fetched, requests, pages: accepted, retries: requests - accepted, bytes, seconds: seconds ?? 0 };
}

function verdictOf(told: StreamVerdict, counts: StreamCounts, rules: Rules): StreamVerdict {
  const { stream } = told;
  const { left = 0, unknown = 0 } = counts.elements ?? {};
  const shortcomings = [
    ...told.shortcomings,
    ...(left > 0
      ? [`${stream}: ${elements(left)} not accepted; the next push sends ${left === 1 ? 'it' : 'them'}.`]
      : []),
    ...(unknown > 0
      ? [`${stream}: of ${elements(unknown)} it is not known whether Atobi took ${unknown === 1 ? 'it' : 'them'}.`]
      : []),
    ...tooMany(stream, counts, rules),
  ];
  const complete = told.complete && shortcomings.length === 0;
  return { ...told, complete, shortcomings, remarks: [...told.remarks, ...putAside(stream, counts)] };
}

const elements = (count: number): string => (count === 1 ? '1 element' : `${count} elements`);

const few = 10;

function tooMany(stream: string, { quarantined, total }: StreamCounts, { maxQuarantinePercent }: Rules): string[] {
  const allOfIt = quarantined > 0 && quarantined >= (total ?? 0);
  if (!allOfIt && (quarantined <= few || quarantined <= ((total ?? 0) * maxQuarantinePercent) / 100)) return [];
  return [
    `${stream}: ${quarantined} of ${total} elements are put aside, more than maxQuarantinePercent (${maxQuarantinePercent}) allows.`,
  ];
}

function putAside(stream: string, { quarantined }: StreamCounts): string[] {
  if (quarantined === 0) return [];
  const were = quarantined === 1 ? '1 element is' : `${quarantined} elements are`;
  return [`${stream}: ${were} put aside; \`incentive-sync kpi quarantine list\` shows which and why.`];
}

/** What concerns the push as a whole stands with its first KPI. */
function withWhole(verdicts: StreamVerdict[], connection: string, { held, unsearched }: PushAccount): StreamVerdict[] {
  const whole = [
    ...held.map(
      ({ delivery, elements: count }) =>
        `Delivery ${delivery} of ${elements(count)} may or may not have arrived and is not sent again unasked. Say what became of it: \`incentive-sync kpi resolve ${delivery} --accepted\` or \`--resend\`.`,
    ),
    ...(unsearched > 0
      ? [
          `${elements(unsearched)} stand in refused batches that were not searched any more: 1,000 batches were halved already. The next push of \`${connection}\` goes on.`,
        ]
      : []),
  ];
  return verdicts.map((verdict, index) =>
    index > 0 || whole.length === 0
      ? verdict
      : { ...verdict, complete: false, shortcomings: [...verdict.shortcomings, ...whole] },
  );
}
