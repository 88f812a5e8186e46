import type { Connection } from '../config/schema.ts';
import { keepIdentity } from '../store/identity.ts';
import { tablesOf } from '../store/systems.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * A run that was parked, or had no worker, for long goes on with the file as it is now.
 *
 * @throws ConfigurationError where the connection points elsewhere than its rows came from.
 */
export async function refuseElsewhere(
  { store, pointsAt }: Pick<ActivityDependencies, 'store' | 'pointsAt'>,
  connection: Connection,
): Promise<void> {
  const { name, system } = connection;
  await keepIdentity(store.sql, { connection: name, system, pointsAt: pointsAt(connection) }, tablesOf(system));
}
