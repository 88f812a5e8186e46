import type { Connection } from '../config/schema.ts';
import { namedStreams } from '../config/streams.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigurationError } from '../errors.ts';

/** The streams a person named, each once; where the vendor alone knows which there are, any name is taken. @throws ConfigurationError for those that the connection does not have. */
export function checkStreams(connection: Connection, named: readonly string[]): string[] {
  const known = namedStreams(connection) ?? named;
  const mistakes = named
    .filter((stream) => !known.includes(stream))
    .map(
      (stream) =>
        `There is no stream \`${stream}\`${didYouMean(stream, known)} in \`${connection.name}\`; it has: ${known.join(', ')}.`,
    );
  if (mistakes.length > 0) throw new ConfigurationError(mistakes.join('\n'), mistakes);
  return [...new Set(named)];
}
