import type { RuleOn } from '../config/alerts/settings.ts';
import type { KnownStream } from '../store/alerts/facts.ts';
import type { Condition } from './decide.ts';
import type { Look } from './run-conditions.ts';
import { channelsOf, freshWithin, ruleFor } from './watch.ts';
import { counted, moment, span } from './words.ts';

/** Streams that nothing has kept fresh. */
export function staleConditions(look: Look): Condition[] {
  const { watch, connection, facts } = look;
  const runs = facts.runs.find(({ connection: name }) => name === connection.name);
  if (runs === undefined) return [];
  return streamsOf(look).flatMap((stream) => {
    const rule = ruleFor(watch, 'stale', connection.name, { stream: stream.stream });
    const limitMs = rule === undefined ? null : freshWithin(rule, connection);
    return rule === undefined || limitMs === null ? [] : [staleness(look, rule, stream, runs.firstStartedAt, limitMs)];
  });
}

/** Those that the settings name, else those that receipts do. */
function streamsOf({ connection: { name, streams }, facts }: Look): KnownStream[] {
  const known = facts.streams.filter(({ connection }) => connection === name);
  if (streams === undefined) return known;
  return streams.map(
    (stream) => known.find((one) => one.stream === stream) ?? { connection: name, stream, asOf: null },
  );
}

function staleness(
  { watch, connection: { name }, facts }: Look,
  rule: RuleOn<'stale'>,
  { stream, asOf }: KnownStream,
  firstStartedAt: string,
  limitMs: number,
): Condition {
  const key = { rule: 'stale' as const, connection: name, subject: stream };
  const from = Date.parse(asOf ?? firstStartedAt);
  const ageMs = Date.parse(facts.now) - from;
  if (ageMs <= limitMs) {
    return asOf === null
      ? { ...key, state: 'unclear' }
      : { ...key, state: 'good', recovery: `${stream} is fresh again: everything up to ${moment(asOf)} is stored.` };
  }
  const told =
    asOf === null
      ? `${stream} of ${name} has not been read to its end since ${moment(firstStartedAt)}, ${span(ageMs)} ago.`
      : `${stream} of ${name} is ${span(ageMs)} old: what is stored is complete as of ${moment(asOf)}.`;
  return {
    ...key,
    state: 'bad',
    since: new Date(from + limitMs).toISOString(),
    title: `${name}: ${stream} is not fresh`,
    text: `${told} Its limit is ${span(limitMs)}.`,
    commands: ['incentive-sync status', `incentive-sync sync ${name}`],
    facts: { stream, asOf, freshWithinSeconds: limitMs / 1000 },
    channels: channelsOf(watch, rule),
  };
}

/** Records that were put aside and are still open. */
export function quarantineConditions(look: Look): Condition[] {
  const { connection, facts, open } = look;
  const now = facts.putAside.filter(({ connection: name }) => name === connection.name);
  const before = open.filter(({ rule }) => rule === 'quarantine').map(({ subject }) => subject);
  const streams = new Set([...now.map(({ stream }) => stream), ...before]);
  return [...streams].flatMap((stream) => putAside(look, stream));
}

function putAside({ watch, connection: { name }, facts }: Look, stream: string): Condition[] {
  const rule = ruleFor(watch, 'quarantine', name, { stream });
  if (rule === undefined) return [];
  const key = { rule: 'quarantine' as const, connection: name, subject: stream };
  const found = facts.putAside.find((one) => one.connection === name && one.stream === stream);
  if (found === undefined || found.open <= rule.moreThan) {
    const left = found === undefined ? 'Nothing is' : `Only ${counted(found.open, 'record')} still`;
    return [{ ...key, state: 'good', recovery: `${left} put aside in ${stream}.` }];
  }
  const limit = rule.moreThan === 0 ? '' : `, more than ${rule.moreThan.toLocaleString('en-US')}`;
  return [
    {
      ...key,
      state: 'bad',
      since: found.firstSeenAt,
      title: `${name}: records of ${stream} are put aside`,
      text: `${counted(found.open, 'record')} of ${stream} of ${name} did not fit and ${found.open === 1 ? 'is' : 'are'} put aside${limit}; everything else is stored.`,
      commands: [
        `incentive-sync quarantine list --connection ${name} --stream ${stream}`,
        `incentive-sync quarantine replay --connection ${name} --stream ${stream}`,
      ],
      facts: { stream, open: found.open },
      channels: channelsOf(watch, rule),
    },
  ];
}
