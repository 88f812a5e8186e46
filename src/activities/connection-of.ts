import type { Connection } from '../config/schema.ts';
import { ConfigurationError } from '../errors.ts';
import type { System } from '../receipt.ts';

/**
 * The connection as one of a system's. @throws ConfigurationError where the file gave the name to another system in the
 * meantime, or a workflow was started for the wrong one.
 */
export function connectionOf<Of extends System>(
  system: Of,
  connection: Connection,
): Extract<Connection, { system: Of }> {
  if (isOf(system, connection)) return connection;
  throw new ConfigurationError(
    `The connection \`${connection.name}\` is one of ${connection.system}, not of ${system}: start its own workflow, or give the other account a name of its own.`,
  );
}

function isOf<Of extends System>(
  system: Of,
  connection: Connection,
): connection is Extract<Connection, { system: Of }> {
  return connection.system === system;
}
