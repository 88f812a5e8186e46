import { Context } from '@temporalio/activity';
import { messageOf } from '../alerts/message.ts';
import { longestSendMs, type Sent, waitAfter } from '../alerts/send.ts';
import {
  type DueDelivery,
  nextDelivery,
  noteDelivered,
  noteUndelivered,
  takeDelivery,
} from '../store/alerts/deliveries.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';

export interface DeliverAlertsInput {
  channel: string;
}

export interface DeliveredAlerts {
  delivered: number;
  /** Attempts in vain. */
  failed: number;
  /** Milliseconds until the next attempt; null where nothing is left. */
  nextInMs: number | null;
}

/** A message that a dead worker had taken is free again after that. */
const takenMs = longestSendMs + 10_000;

/** Then the workflow gets a turn. */
const mostMessages = 20;

export const createDeliverAlerts = (dependencies: ActivityDependencies) =>
  /** Sends a channel the messages that are due, oldest first, and notes what became of each: at least once, with its id. */
  function deliverAlerts({ channel }: DeliverAlertsInput): Promise<DeliveredAlerts> {
    const { store, redact } = dependencies;
    const { cancellationSignal } = Context.current();
    return withDatabase(redact, async () => {
      const counts = { delivered: 0, failed: 0 };
      for (let message = 0; message < mostMessages && !cancellationSignal.aborted; message++) {
        const due = await takeDelivery(store.sql, channel, takenMs);
        if (due === null) break;
        counts[(await deliverOne(dependencies, channel, due)) ? 'delivered' : 'failed'] += 1;
      }
      return { ...counts, nextInMs: await nextDelivery(store.sql, channel) };
    });
  };

async function deliverOne(dependencies: ActivityDependencies, channel: string, due: DueDelivery): Promise<boolean> {
  const { store, redact } = dependencies;
  const sent = await sendTo(dependencies, channel, due);
  if (sent.ok) {
    await noteDelivered(store.sql, due.id, sent.note);
    return true;
  }
  const giveUp = due.ageMs >= (dependencies.alerts.watch?.settings.giveUpAfter ?? 0);
  const wait = giveUp ? null : waitAfter(due.attempts, sent.retryAfterMs);
  await noteUndelivered(store.sql, due.id, redact(sent.why), wait);
  return false;
}

async function sendTo({ alerts, redact }: ActivityDependencies, name: string, due: DueDelivery): Promise<Sent> {
  const channel = alerts.watch?.settings.channels.find((one) => one.name === name);
  if (channel === undefined) return { ok: false, why: `The configuration has no channel \`${name}\` any more.` };
  return alerts.send(channel, messageOf(due, redact), Context.current().cancellationSignal);
}
