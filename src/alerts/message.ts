import { randomUUID } from 'node:crypto';
import type { DueDelivery } from '../store/alerts/deliveries.ts';
import { moment, span } from './words.ts';

/** What a channel is told. Times are ISO 8601. */
export interface Message {
  /** The same at every attempt, so that who gets it twice can tell. */
  id: string;
  /** The same for an alert and its recovery. */
  alertId: string;
  event: 'raised' | 'recovered' | 'test';
  rule: string;
  connection: string;
  /** The stream, or the pool's id; empty where it is about the connection as a whole. */
  subject: string;
  title: string;
  text: string;
  commands: readonly string[];
  since: string;
  raisedAt: string;
  recoveredAt: string | null;
  facts: Record<string, unknown>;
}

/** `redact` takes out secrets that should not be there in the first place. */
export function messageOf(delivery: DueDelivery, redact: (text: string) => string): Message {
  const { id, alertId, kind, rule, connection, subject, since, openedAt, recoveredAt, facts } = delivery;
  const told = kind === 'raised' ? delivery : recoveryOf(delivery);
  return {
    id,
    alertId,
    event: kind,
    rule,
    connection,
    subject,
    title: redact(told.title),
    text: redact(told.text),
    commands: told.commands,
    since,
    raisedAt: openedAt,
    recoveredAt: kind === 'raised' ? null : recoveredAt,
    facts,
  };
}

function recoveryOf({ title, recovery, openedAt, recoveredAt }: DueDelivery) {
  const lasted =
    recoveredAt === null ? '' : ` It was told for ${span(Date.parse(recoveredAt) - Date.parse(openedAt))}.`;
  return { title: `Recovered: ${title}`, text: `${recovery ?? ''}${lasted}`, commands: [] };
}

/** What `alerts test` sends. */
export function sampleMessage(now: Date): Message {
  const at = now.toISOString();
  return {
    id: randomUUID(),
    alertId: randomUUID(),
    event: 'test',
    rule: 'test',
    connection: 'sample',
    subject: '',
    title: 'A test of incentive-sync: nothing is wrong',
    text: `Somebody typed \`incentive-sync alerts test\` at ${moment(at)}. Alerts reach this place.`,
    commands: ['incentive-sync alerts list'],
    since: at,
    raisedAt: at,
    recoveredAt: null,
    facts: {},
  };
}

/** When it began and ended, for people. */
export function times({ event, since, recoveredAt }: Message): string {
  if (event === 'test') return '';
  return recoveredAt === null ? `Since ${moment(since)}.` : `From ${moment(since)} to ${moment(recoveredAt)}.`;
}
