import type { AlertFacts } from '../store/alerts/facts.ts';
import type { OpenAlert } from '../store/alerts/ledger.ts';
import type { Condition } from './decide.ts';
import { poolConditions } from './pool-conditions.ts';
import { type Look, runConditions } from './run-conditions.ts';
import { quarantineConditions, staleConditions } from './stream-conditions.ts';
import type { Watch } from './watch.ts';

/** How everything is that the rules watch. An open alert without a condition here is watched by no rule any more. */
export function conditionsOf(watch: Watch, facts: AlertFacts, open: readonly OpenAlert[]): Condition[] {
  return watch.connections.flatMap((connection) => {
    const own = open.filter((alert) => alert.connection === connection.name);
    const look: Look = { watch, connection, facts, open: own };
    return [...runConditions(look), ...staleConditions(look), ...quarantineConditions(look), ...poolConditions(look)];
  });
}
