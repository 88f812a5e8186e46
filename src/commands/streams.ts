import { namedStreams } from '../activities/named-streams.ts';
import type { Connection } from '../config/schema.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigurationError } from '../errors.ts';
import { openStore, type Store } from '../store/connect.ts';
import { listedExports } from '../store/neoday/exports.ts';

/**
 * The streams a person named, each once; where the vendor alone knows which there are, any name is taken.
 * @throws ConfigurationError for those that the connection does not have.
 */
export function checkStreams(connection: Connection, named: readonly string[]): string[] {
  const known = namedStreams(connection) ?? named;
  const mistakes = named
    .filter((stream) => !known.includes(stream))
    .map(
      (stream) =>
        `There is no stream \`${stream}\`${didYouMean(stream, known)} in \`${connection.name}\`; it has: ${known.join(', ')}.`,
    );
  refuse(mistakes);
  return [...new Set(named)];
}

/**
 * Compares names with the exports that the vendor listed last. A name that is like none of them may be a new export, of
 * which the run tells.
 * @throws ConfigurationError for a name that is nearly that of another export.
 */
export async function checkExports(
  { sql }: Pick<Store, 'sql'>,
  connection: Connection,
  named: readonly string[] | undefined,
): Promise<void> {
  if (named === undefined || namedStreams(connection) !== undefined) return;
  const listed = (await listedExports(sql)).get(connection.name) ?? [];
  const mistakes = named
    .filter((stream) => !listed.includes(stream))
    .map((stream) => ({ stream, meant: didYouMean(stream, listed) }))
    .filter(({ meant }) => meant !== '')
    .map(
      ({ stream, meant }) =>
        `\`${connection.name}\` has had no export \`${stream}\` so far${meant}; it has: ${listed.join(', ')}. A sync without --stream finds new ones.`,
    );
  refuse(mistakes);
}

/** The same for whoever has no store open. */
export async function checkExportsAt(
  url: string,
  connection: Connection,
  named: readonly string[] | undefined,
): Promise<void> {
  if (named === undefined || namedStreams(connection) !== undefined) return;
  const store = openStore({ url });
  await checkExports(store, connection, named).finally(() => store.close());
}

function refuse(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new ConfigurationError(mistakes.join('\n'), mistakes);
}
