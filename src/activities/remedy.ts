import type { Connection } from '../config/schema.ts';
import { AuthenticationError } from '../errors.ts';

/** Which secret it is and what to type, for whoever finds the run parked. */
export function withRemedy({ message }: AuthenticationError, connection: Connection): AuthenticationError {
  const { name } = connection;
  const [what, { reference }] = secretOf(connection);
  const restart = reference.startsWith('${file:') ? '' : ' (a changed environment variable needs a restart first)';
  return new AuthenticationError(
    `${message} Correct the ${what} of \`${name}\`, which is ${reference}, then type \`incentive-sync resume ${name}\`${restart}.`,
  );
}

function secretOf(connection: Connection) {
  switch (connection.system) {
    case 'incentify':
      return ['key', connection.apiKey] as const;
    case 'neoday':
    case 'atobi':
      return ['client secret', connection.clientSecret] as const;
    case 'vibes':
      return ['password', connection.password] as const;
  }
}
