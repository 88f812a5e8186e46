import type { RuleOn } from '../config/alerts/settings.ts';
import type { KnownPool } from '../store/alerts/facts.ts';
import type { Condition } from './decide.ts';
import type { Look } from './run-conditions.ts';
import { channelsOf, type Part, ruleFor } from './watch.ts';
import { counted, moment, span } from './words.ts';

const day = 86_400_000;
const withinDaysDefault = 7;

/** A forecast moves a little with every reading: it has recovered only well beyond the limit. */
const clearlyBeyond = 1.2;

/** Pools with few codes left, and pools that run out soon. */
export function poolConditions(look: Look): Condition[] {
  const { watch, connection, facts, open } = look;
  const pools = facts.pools.filter(({ connection: name }) => name === connection.name);
  const conditions = pools.flatMap((pool): Condition[] => {
    const part: Part = { ...(pool.name === null ? {} : { pool: pool.name }) };
    const low = ruleFor(watch, 'pool-low', connection.name, part);
    const dry = ruleFor(watch, 'pool-dry', connection.name, part);
    return [...(low ? [lowness(look, low, pool)] : []), ...(dry ? [dryness(look, dry, pool)] : [])];
  });
  const gone = open.filter(
    ({ rule, subject }) => (rule === 'pool-low' || rule === 'pool-dry') && !pools.some(({ id }) => id === subject),
  );
  return [
    ...conditions,
    ...gone.map((alert): Condition => ({ ...alert, state: 'good', recovery: 'The pool is gone.' })),
  ];
}

function lowness({ watch, connection, facts }: Look, rule: RuleOn<'pool-low'>, pool: KnownPool): Condition {
  const { name } = connection;
  const key = { rule: 'pool-low' as const, connection: name, subject: pool.id };
  const { remaining } = pool;
  const threshold = rule.threshold ?? pool.lowThreshold;
  if (remaining === null || threshold === null) return { ...key, state: 'unclear' };
  if (remaining > threshold)
    return { ...key, state: 'good', recovery: `${counted(remaining, 'code')} are left again.` };
  return {
    ...key,
    state: 'bad',
    since: facts.now,
    title: `${name}: the pool ${poolName(pool)} is low`,
    text: `The pool ${poolName(pool)} of ${name} has ${counted(remaining, 'code')} left; its threshold is ${threshold.toLocaleString('en-US')}. Upload codes at Vibes, then sync.`,
    commands: [`incentive-sync pools show ${name} ${pool.id}`, `incentive-sync sync ${name}`],
    facts: { pool: pool.id, name: pool.name, remaining, threshold },
    channels: channelsOf(watch, rule),
  };
}

function dryness(look: Look, rule: RuleOn<'pool-dry'>, pool: KnownPool): Condition {
  const { watch, connection, facts } = look;
  const key = { rule: 'pool-dry' as const, connection: connection.name, subject: pool.id };
  const { remaining, runsOutAt } = pool;
  if (remaining === null) return { ...key, state: 'unclear' };
  const withinDays = rule.withinDays ?? connection.lowWithinDays ?? withinDaysDefault;
  const leftMs = runsOutAt === null ? Number.POSITIVE_INFINITY : Date.parse(runsOutAt) - Date.parse(facts.now);
  if (runsOutAt !== null && leftMs <= withinDays * day) {
    return {
      ...key,
      state: 'bad',
      since: facts.now,
      title: `${connection.name}: the pool ${poolName(pool)} ${remaining <= 0 ? 'has run dry' : 'is running dry'}`,
      text: `${drynessWords(pool, connection.name, runsOutAt, leftMs)} Upload codes at Vibes, then sync.`,
      commands: [`incentive-sync pools show ${connection.name} ${pool.id}`, `incentive-sync sync ${connection.name}`],
      facts: { pool: pool.id, name: pool.name, remaining, runsOutAt, withinDays, issuedPerDay: pool.issuedPerDay },
      channels: channelsOf(watch, rule),
    };
  }
  if (leftMs <= withinDays * day * clearlyBeyond) return { ...key, state: 'unclear' };
  const until = runsOutAt === null ? '' : `, and last until ${moment(runsOutAt)}`;
  return { ...key, state: 'good', recovery: `${counted(remaining, 'code')} are left${until}.` };
}

function drynessWords(pool: KnownPool, connection: string, runsOutAt: string, leftMs: number): string {
  const { remaining, issuedPerDay } = pool;
  const which = `The pool ${poolName(pool)} of ${connection}`;
  if (remaining === null || remaining <= 0 || leftMs <= 0) return `${which} has no codes left.`;
  const rate = issuedPerDay === null ? '' : ` at ${Math.round(issuedPerDay).toLocaleString('en-US')} a day`;
  return `${which} runs out in about ${span(leftMs)} (${moment(runsOutAt)}): ${counted(remaining, 'code')} are left${rate}.`;
}

const poolName = ({ id, name }: KnownPool): string => (name === null ? id : `“${name}”`);
