import { isDeepStrictEqual } from 'node:util';
import type { ScheduleDescription } from '@temporalio/client';
import { type SearchAttributePair, TypedSearchAttributes } from '@temporalio/common';
import { showDuration } from '../config/duration.ts';
import { definitionOf, type ScheduleContext, type ScheduledConnection } from './schedule-definition.ts';
import { canonicalCron, timesThere } from './schedule-times.ts';

/** One thing about a schedule that is not as it is to be. */
export interface ScheduleDifference {
  /** As the file calls it; `limits`, `policies`, `action` and `labels` stand for what no file says. */
  key: string;
  /** As the file would write it; null where there is none. */
  from: string | null;
  to: string | null;
}

/** By their keys, as text that can be compared; what a schedule has not is missing. */
type Facts = Partial<Record<string, string>>;

/** In this order they are told. */
const keys = ['every', 'cron', 'timezone', 'jitter', 'overlap', 'catchup', 'pauseAfterFailures', 'limits'];

/**
 * How the schedule that the server has differs from what the file asks for, by what the server tells of it: so it is
 * noticed whoever has changed it. Whether it is paused is not looked at.
 */
export function differences(
  description: ScheduleDescription,
  connection: ScheduledConnection,
  context: ScheduleContext,
): ScheduleDifference[] {
  const there = factsOf(description);
  const wanted = factsWanted(connection);
  const told = keys
    .filter((key) => there[key] !== wanted[key])
    .map((key) => ({ key, from: there[key] ?? null, to: writtenAs(key, connection) ?? wanted[key] ?? null }));
  const others = [...told, ...unwritten(description, connection, context)];
  // The summary says when it is due, so it changes with everything: then it is not worth a word.
  return others.length > 1 ? others.filter(({ key }) => key !== 'labels') : others;
}

/** A cron expression is compared by what it stands for, and told as it is written. */
function writtenAs(key: string, { schedule }: ScheduledConnection): string | undefined {
  return key === 'cron' && schedule.kind === 'cron' ? schedule.cron : undefined;
}

function factsWanted({ schedule }: ScheduledConnection): Facts {
  const times: Facts =
    schedule.kind === 'every'
      ? { every: showDuration(schedule.everyMs) }
      : { cron: canonicalCron(schedule.cron), timezone: schedule.timezone };
  return {
    ...times,
    jitter: showDuration(schedule.jitterMs),
    overlap: schedule.overlap,
    catchup: showDuration(schedule.catchupMs),
    pauseAfterFailures: String(schedule.pauseAfterFailures),
  };
}

function factsOf(description: ScheduleDescription): Facts {
  const { spec, policies, action } = description;
  const rules: unknown = action.args?.[2];
  const limits = limitsOf(description);
  return {
    ...timesThere(description),
    jitter: showDuration(Number(spec.jitter ?? 0)),
    catchup: showDuration(Number(policies.catchupWindow)),
    ...(isRecord(rules) ? textsOf(rules) : {}),
    ...(limits === '' ? {} : { limits }),
  };
}

function limitsOf({ spec, state }: ScheduleDescription): string {
  const limits = [
    spec.startAt === undefined ? '' : `not before ${spec.startAt.toISOString()}`,
    spec.endAt === undefined ? '' : `not after ${spec.endAt.toISOString()}`,
    (spec.skip ?? []).length === 0 ? '' : 'leaves times out',
    state.remainingActions === undefined ? '' : `${state.remainingActions} more times`,
  ];
  return limits.filter((limit) => limit !== '').join(', ');
}

function unwritten(
  description: ScheduleDescription,
  connection: ScheduledConnection,
  context: ScheduleContext,
): ScheduleDifference[] {
  const wanted = definitionOf(connection, context);
  const { policies, action } = description;
  const alike = {
    policies: isDeepStrictEqual([policies.overlap, policies.pauseOnFailure], [wanted.policies.overlap, false]),
    action: isDeepStrictEqual(what(action), what(wanted.action)),
    labels: isDeepStrictEqual(labelsOf(action), labelsOf(wanted.action)),
  };
  return Object.entries(alike).flatMap(([key, same]) => (same ? [] : [{ key, from: 'other', to: 'ours' }]));
}

interface Action {
  workflowType: unknown;
  workflowId?: string | undefined;
  taskQueue?: string | undefined;
  args?: readonly unknown[] | undefined;
  memo?: Record<string, unknown> | undefined;
  staticSummary?: string | undefined;
  typedSearchAttributes?: TypedSearchAttributes | SearchAttributePair[] | undefined;
}

function what({ workflowType, workflowId, taskQueue, args }: Action): unknown[] {
  return [workflowType, workflowId, taskQueue, args?.[0], args?.[1]];
}

function labelsOf({ memo, staticSummary, typedSearchAttributes }: Action): unknown[] {
  return [{ ...memo }, staticSummary, namedValues(typedSearchAttributes)];
}

/** The server's come as a set, ours as a list. */
function namedValues(attributes: Action['typedSearchAttributes']): Record<string, unknown> {
  const pairs = attributes instanceof TypedSearchAttributes ? attributes.getAll() : (attributes ?? []);
  return Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]));
}

function textsOf(rules: Record<string, unknown>): Facts {
  const { overlap, pauseAfterFailures } = rules;
  return {
    ...(overlap === undefined ? {} : { overlap: String(overlap) }),
    ...(pauseAfterFailures === undefined ? {} : { pauseAfterFailures: String(pauseAfterFailures) }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
