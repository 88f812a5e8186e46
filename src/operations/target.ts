import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigurationError } from '../errors.ts';

/**
 * Where Temporal is: an address we know (the embedded server's), or what the user's environment says, read the way every
 * Temporal tool reads it (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, TLS, API key).
 */
export type TemporalTarget =
  | { address: string; namespace?: string }
  | { environment: Readonly<Record<string, string | undefined>> };

export type TemporalSettings = ReturnType<typeof loadClientConnectConfig>;

/** Options for a client or worker connection, and the namespace. @throws ConfigurationError for an unreadable profile. */
export function temporalSettings(target: TemporalTarget): TemporalSettings & { namespace: string } {
  if ('address' in target) {
    return { connectionOptions: { address: target.address }, namespace: target.namespace ?? 'default' };
  }
  const settings = readProfile(target.environment);
  return { ...settings, namespace: settings.namespace ?? 'default' };
}

function readProfile(environment: Readonly<Record<string, string | undefined>>): TemporalSettings {
  const set = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError('The Temporal client configuration cannot be used.', [
      `${cause} (look at TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and the TEMPORAL_TLS_… variables)`,
    ]);
  }
}

/** The part of the settings that a client's connection takes; a worker's connection takes them as they are. */
export function clientConnectionOptions({ connectionOptions }: TemporalSettings): ConnectionOptions {
  const { address, tls, apiKey, metadata } = connectionOptions;
  return {
    ...(address === undefined ? {} : { address }),
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}
