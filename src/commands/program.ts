import { Command } from 'commander';
import about from '../../package.json' with { type: 'json' };
import { alertsCommand } from './alerts.ts';
import { applyCommand } from './apply.ts';
import { approveDeletesCommand } from './approve-deletes.ts';
import { cancelCommand } from './cancel.ts';
import { checkCommand } from './check.ts';
import { completeCommand, completionCommand } from './completion.ts';
import { connectionCommand } from './connection.ts';
import { databaseUrlCommand } from './database-url.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { initCommand } from './init.ts';
import { kpiCommand } from './kpi.ts';
import { pauseCommand } from './pause.ts';
import { poolsCommand } from './pools.ts';
import { quarantineCommand } from './quarantine.ts';
import { resumeCommand } from './resume.ts';
import { resyncCommand } from './resync.ts';
import { runCommand } from './run.ts';
import { runsCommand } from './runs.ts';
import { sandboxCommand } from './sandbox.ts';
import { scheduleCommand } from './schedule.ts';
import { schemaCommand } from './schema.ts';
import { startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { syncCommand } from './sync.ts';
import { workerCommand } from './worker.ts';

const examples = `
Examples:
  incentive-sync init                         asks what to connect and writes the configuration
  incentive-sync start                        everything, from nothing: servers, worker, a first sync
  incentive-sync start --once --json          each connection once, the counted result as JSON, then stop
  incentive-sync sync portfolio --watch       one connection now, with a live bar per stream
  incentive-sync status                       every connection: state, last run, next run, what to type
  incentive-sync sandbox                      the vendors' APIs, emulated, alone

Text for people goes to stderr, JSON to stdout. Exit codes: 0 completed, 1 failed or cancelled,
2 the command or the configuration is wrong, 3 partial, parked or waiting for a person.`;

/** The whole command line. Actions load what they need when they run, so that help is there at once. */
export function buildProgram(): Command {
  const program = new Command('incentive-sync')
    .description('Keeps the data of incentive programmes, complete and provably so, in your own PostgreSQL.')
    .version(about.version)
    .addHelpText('after', examples);
  for (const [title, commands] of Object.entries(groups())) {
    for (const command of commands) program.addCommand(command.helpGroup(title));
  }
  program.addHelpCommand(
    new Command('help [command]').description('the same as --help after a command').helpGroup('This tool:'),
  );
  program.addCommand(completeCommand(), { hidden: true });
  return program;
}

/** Under which title each command stands in the help, most used first. */
const groups = (): Readonly<Record<string, readonly Command[]>> => ({
  'Run:': [startCommand(), syncCommand(), resyncCommand(), applyCommand(), scheduleCommand(), workerCommand()],
  'See how it is:': [
    statusCommand(),
    runsCommand(),
    runCommand(),
    explainCommand(),
    checkCommand(),
    doctorCommand(),
    alertsCommand(),
  ],
  'A run under way:': [pauseCommand(), resumeCommand(), cancelCommand(), approveDeletesCommand()],
  'Data and connections:': [
    quarantineCommand(),
    connectionCommand(),
    kpiCommand(),
    poolsCommand(),
    databaseUrlCommand(),
  ],
  'This tool:': [initCommand(), schemaCommand(), completionCommand(), sandboxCommand()],
});
