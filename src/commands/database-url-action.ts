import { readEnvironment } from '../config/environment.ts';
import { readRunning } from '../runtime/data-dir.ts';
import { readConfig } from './configuration.ts';
import { CommandError, type CommonOptions, leave, printJson } from './shared.ts';

/** Prints the running instance's database, or the user's own; the only place where the password is shown. */
export async function printDatabaseUrl(options: CommonOptions): Promise<void> {
  const config = readConfig(options);
  const running = await readRunning(config.dataDirectory);
  const url = running?.databaseUrl ?? readEnvironment().databaseUrl;
  if (url === undefined) {
    throw new CommandError(
      `Nothing runs on ${config.dataDirectory}, so there is no database. Type \`incentive-sync start\` first.`,
    );
  }
  await printJson(options.json ? JSON.stringify({ databaseUrl: url }) : url);
  await leave(0);
}
