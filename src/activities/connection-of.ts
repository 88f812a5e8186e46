import type { Connection } from '../config/schema.ts';
import { ConfigurationError } from '../errors.ts';

/**
 * The connection as one of a system's. @throws ConfigurationError where the file gave the name to another system in the
 * meantime, or a workflow was started for the wrong one.
 */
export function connectionOf<System extends Connection['system']>(
  system: System,
  connection: Connection,
): Extract<Connection, { system: System }> {
  if (isOf(system, connection)) return connection;
  throw new ConfigurationError(
    `The connection \`${connection.name}\` is one of ${connection.system}, not of ${system}: start its own workflow, or give the other account a name of its own.`,
  );
}

function isOf<System extends Connection['system']>(
  system: System,
  connection: Connection,
): connection is Extract<Connection, { system: System }> {
  return connection.system === system;
}
