import type { Client, ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import type { Config } from '../config/load.ts';
import type { Schedule } from '../config/schedule.ts';
import { describeSchedule } from '../operations/schedules.ts';
import type { Screen } from '../screen/screen.ts';
import type { Store } from '../store/connect.ts';
import { scheduleId } from '../workflows/names.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import type { Outcome } from './control.ts';
import { findServers, openDatabase, reachTemporal } from './reach.ts';
import { CommandError, type CommonOptions, leave, printJson } from './shared.ts';

/** A schedule of ours that a person wants to do something with. */
export interface ScheduleSite {
  name: string;
  /** As the file has it; undefined where it has none any more. */
  schedule: Schedule | undefined;
  installation: string;
  client: Client;
  store: Store;
  handle: ScheduleHandle;
  description: ScheduleDescription;
  signal: AbortSignal;
}

/**
 * Finds the schedule of a connection, does something with it, tells what came of it and leaves.
 * @throws CommandError where there is none, or it is another installation's.
 * @throws ConfigurationError for a name that neither the configuration nor Temporal knows.
 */
export async function withSchedule(
  name: string,
  options: CommonOptions,
  screen: Screen,
  act: (site: ScheduleSite) => Promise<Outcome>,
): Promise<never> {
  const config = readConfig(options);
  const signal = closingSignal({ withParent: false });
  const servers = await findServers(config);
  const { store, installation } = await openDatabase(servers);
  try {
    const client = await reachTemporal(servers, signal);
    const handle = client.schedule.getHandle(scheduleId(name));
    const description = await describeSchedule(handle);
    if (description?.memo?.installation !== installation) throw notOurs(config, name, description !== null);
    const schedule = config.connections.find((connection) => connection.name === name)?.schedule;
    const { code, sentence, document } = await act({
      ...{ name, schedule, installation, client, store, handle, description, signal },
    });
    screen.line(sentence);
    if (options.json) await printJson(document);
    await client.connection.close();
    return await leave(code);
  } finally {
    await store.close();
  }
}

function notOurs(config: Config, name: string, foreign: boolean): CommandError {
  const { schedule } = config.connection(name);
  if (schedule === undefined) {
    return new CommandError(
      `${name} has no schedule: write \`schedule:\` below it in ${config.file}, like \`schedule: { every: 15m }\`, and type \`incentive-sync apply\`.`,
    );
  }
  return new CommandError(
    foreign
      ? `The schedule of the name ${name} belongs to another installation in this namespace, so nothing was done. Give the connection another name.`
      : `The schedule of ${name} is not there yet: \`incentive-sync apply\` makes it.`,
  );
}
