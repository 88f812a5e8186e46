import type { AlertChanges, AlertKey, NewAlert, OpenAlert, Recovered } from '../store/alerts/ledger.ts';

/** How the thing is that an alert is, or would be, about. `unclear`: whatever was the case before still counts. */
export type Condition = AlertKey &
  (({ state: 'bad' } & Omit<NewAlert, keyof AlertKey>) | { state: 'good'; recovery: string } | { state: 'unclear' });

const unwatched = 'No rule of the configuration watches this any more.';

/** What changes: each alert is raised once, however often it is looked at, and recovers once. */
export function decide(conditions: readonly Condition[], open: readonly OpenAlert[]): AlertChanges {
  const known = new Map(conditions.map((condition) => [keyOf(condition), condition]));
  const already = new Set(open.map(keyOf));
  return {
    raise: [...known.values()].flatMap((one) => (one.state === 'bad' && !already.has(keyOf(one)) ? [raised(one)] : [])),
    recover: open.flatMap((alert) => recovered(alert, known.get(keyOf(alert)))),
  };
}

export const keyOf = ({ rule, connection, subject }: AlertKey): string => JSON.stringify([rule, connection, subject]);

function raised({ state: _, ...alert }: Extract<Condition, { state: 'bad' }>): NewAlert {
  return alert;
}

function recovered({ id }: OpenAlert, condition: Condition | undefined): Recovered[] {
  if (condition === undefined) return [{ id, recovery: unwatched }];
  return condition.state === 'good' ? [{ id, recovery: condition.recovery }] : [];
}
