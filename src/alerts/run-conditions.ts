import type { AlertKind, AlertRule } from '../config/alerts/settings.ts';
import type { AlertFacts, KnownRuns } from '../store/alerts/facts.ts';
import type { NewAlert, OpenAlert } from '../store/alerts/ledger.ts';
import type { Condition } from './decide.ts';
import { channelsOf, ruleFor, type Watch, type WatchedConnection } from './watch.ts';
import { counted, cut, moment, reasonsInWords } from './words.ts';

/** One connection as it is looked at. */
export interface Look {
  watch: Watch;
  connection: WatchedConnection;
  facts: AlertFacts;
  /** Of this connection. */
  open: readonly OpenAlert[];
}

/** What came of the last run, and whether the one under way waits. */
export function runConditions(look: Look): Condition[] {
  const runs = look.facts.runs.find(({ connection }) => connection === look.connection.name);
  if (runs === undefined) return unclear(look, ['failed', 'partial', 'parked', 'approval']);
  return [
    ...watched(look, 'failed', (rule) => [failed(look, rule, runs)]),
    ...watched(look, 'partial', (rule) => [partial(look, rule, runs)]),
    ...watched(look, 'parked', (rule) => [parked(look, rule, runs)]),
    ...watched(look, 'approval', (rule) => approvals(look, rule, runs)),
  ];
}

function watched(
  { watch, connection }: Look,
  kind: 'failed' | 'partial' | 'parked' | 'approval',
  conditions: (rule: AlertRule) => Condition[],
): Condition[] {
  const rule = ruleFor(watch, kind, connection.name);
  return rule === undefined ? [] : conditions(rule);
}

/** Nothing is known of it now: what is open stays open, as long as a rule watches it. */
function unclear({ watch, connection, open }: Look, kinds: readonly AlertKind[]): Condition[] {
  return open
    .filter(({ rule }) => kinds.includes(rule) && ruleFor(watch, rule, connection.name) !== undefined)
    .map(({ rule, subject }) => ({ rule, connection: connection.name, subject, state: 'unclear' }));
}

function failed(look: Look, rule: AlertRule, { ended }: KnownRuns): Condition {
  const { name } = look.connection;
  const key = { rule: 'failed' as const, connection: name, subject: '' };
  if (ended?.status === 'failed') {
    const { runId, finishedAt, reasons } = ended;
    return { ...failure(look.watch, rule, name, { runId, since: finishedAt, reasons }), state: 'bad' };
  }
  return ended !== null ? { ...key, state: 'good', recovery: endedWords(ended) } : { ...key, state: 'unclear' };
}

/** The alert about a run that failed. */
function failure(
  watch: Watch,
  rule: AlertRule,
  connection: string,
  { runId, since, reasons }: { runId: string; since: string; reasons: readonly string[] },
): NewAlert {
  return {
    rule: 'failed',
    connection,
    subject: '',
    since,
    title: `${connection}: the run failed`,
    text: `The run of ${connection} failed at ${moment(since)}. ${reasonsInWords(reasons)}`,
    commands: ['incentive-sync status', `incentive-sync sync ${connection}`],
    facts: { runId, reasons },
    channels: channelsOf(watch, rule),
  };
}

function partial(look: Look, rule: AlertRule, { ended }: KnownRuns): Condition {
  const { name } = look.connection;
  const key = { rule: 'partial' as const, connection: name, subject: '' };
  if (ended?.status === 'partial') {
    const { runId, finishedAt, reasons } = ended;
    return {
      ...key,
      state: 'bad',
      since: finishedAt,
      title: `${name}: the run ended partial`,
      text: `The run of ${name} that ended at ${moment(finishedAt)} has not stored everything. ${reasonsInWords(reasons)}`,
      commands: ['incentive-sync status', `incentive-sync sync ${name}`],
      facts: { runId, reasons },
      channels: channelsOf(look.watch, rule),
    };
  }
  const mended = ended?.status === 'completed';
  return mended ? { ...key, state: 'good', recovery: endedWords(ended) } : { ...key, state: 'unclear' };
}

const endedWords = ({ status, finishedAt }: NonNullable<KnownRuns['ended']>): string =>
  `A run ended ${status} at ${moment(finishedAt)}.`;

/** A parked run tries again by itself now and then: only after so long it has got past what it was parked for. */
const provenMs = 5 * 60_000;

function parked({ watch, connection: { name }, facts }: Look, rule: AlertRule, { newest }: KnownRuns): Condition {
  const key = { rule: 'parked' as const, connection: name, subject: '' };
  const { runId, status, statusAt, finishedAt, waitsFor, waitsWhy } = newest;
  if (finishedAt !== null) {
    return {
      ...key,
      state: 'good',
      recovery: `The run is parked no longer: it ended ${status} at ${moment(finishedAt)}.`,
    };
  }
  if (status === 'parked' && waitsFor !== 'deletes' && waitsFor !== 'push') {
    return {
      ...key,
      state: 'bad',
      since: statusAt,
      title: `${name}: the run is parked`,
      text: `The run of ${name} keeps its place and waits for a correction. ${cut(waitsWhy ?? '')}`.trimEnd(),
      commands: [`incentive-sync resume ${name}`, 'incentive-sync status'],
      facts: { runId, waitsFor },
      channels: channelsOf(watch, rule),
    };
  }
  const goesOn = status === 'running' && Date.parse(facts.now) - Date.parse(statusAt) > provenMs;
  if (!goesOn) return { ...key, state: 'unclear' };
  return { ...key, state: 'good', recovery: `The run goes on since ${moment(statusAt)}.` };
}

/** What waits for a person now; what waited before has been decided. */
function approvals(look: Look, rule: AlertRule, { newest }: KnownRuns): Condition[] {
  const { connection, open } = look;
  const waiting = [...waits(look, rule, newest), ...keptFiles(look, rule)];
  const before = open.filter(
    ({ rule: kind, subject }) => kind === 'approval' && !waiting.some((one) => one.subject === subject),
  );
  const decided = newest.finishedAt === null ? 'It was decided.' : `It was decided; the run ended ${newest.status}.`;
  const others = before.map(({ subject }): Condition => {
    const key = { rule: 'approval' as const, connection: connection.name, subject };
    return newest.status === 'paused' ? { ...key, state: 'unclear' } : { ...key, state: 'good', recovery: decided };
  });
  return [...waiting, ...others];
}

/** A file with far fewer rows than one before: its run has ended, and the rows of that one stay in the view. */
function keptFiles({ watch, connection: { name }, facts }: Look, rule: AlertRule): Condition[] {
  const kept = facts.keptFiles.filter(({ connection }) => connection === name);
  return kept.map(({ export: stream, createdAt, rows, rowsBefore }) => ({
    rule: 'approval',
    connection: name,
    subject: stream,
    state: 'bad',
    since: createdAt,
    title: `${name}: the newest file of ${stream} waits for a person`,
    text: `The newest file of ${stream} of ${name} has ${counted(rows, 'row')} where one before had ${counted(rowsBefore, 'row')}. Rows that it does not show stay in the current view until a later file has enough of them, or until you agree.`,
    commands: [`incentive-sync approve-deletes ${name}`],
    facts: { stream, rows, rowsBefore },
    channels: channelsOf(watch, rule),
  }));
}

function waits({ watch, connection: { name } }: Look, rule: AlertRule, newest: KnownRuns['newest']): Condition[] {
  const { runId, status, statusAt, waitsFor, waitsStream, waitsWhy } = newest;
  if (status !== 'parked' || newest.finishedAt !== null || (waitsFor !== 'deletes' && waitsFor !== 'push')) return [];
  const deletes = waitsFor === 'deletes';
  return [
    {
      rule: 'approval',
      connection: name,
      subject: waitsStream ?? '',
      state: 'bad',
      since: statusAt,
      title: `${name}: ${deletes ? `deletes in ${waitsStream ?? 'a stream'} wait` : 'the push waits'} for a person`,
      text: `The run of ${name} waits until a person decides. ${cut(waitsWhy ?? '')}`.trimEnd(),
      commands: [
        ...(deletes ? [`incentive-sync approve-deletes ${name}`] : ['incentive-sync status']),
        `incentive-sync cancel ${name}`,
      ],
      facts: { runId, waitsFor, stream: waitsStream },
      channels: channelsOf(watch, rule),
    },
  ];
}
