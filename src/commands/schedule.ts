import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface PauseOptions extends CommonOptions {
  reason?: string;
}

export interface BackfillOptions extends CommonOptions {
  from: string;
  to?: string;
}

const help = `
When a connection is due stands in the file (\`schedule:\`); \`incentive-sync apply\` brings it to Temporal.

Examples:
  incentive-sync schedule list                                 when each is due next, what is paused and why
  incentive-sync schedule pause portfolio --reason "moves"     nothing runs by itself until it is resumed
  incentive-sync schedule resume portfolio
  incentive-sync schedule trigger portfolio                    as if it were due now
  incentive-sync schedule backfill portfolio --from 6h         what was due in the last six hours`;

export function scheduleCommand(): Command {
  const command = new Command('schedule')
    .description('see, pause, resume and trigger the schedules of connections')
    .addHelpText('after', help);
  for (const sub of [listCommand(), pauseCommand(), resumeCommand(), triggerCommand(), backfillCommand()]) {
    command.addCommand(sub);
  }
  return command;
}

const listHelp = `
Exit codes: 0 Temporal has every schedule as the file says; 3 it does not: type \`incentive-sync apply\`.

Examples:
  incentive-sync schedule list
  incentive-sync schedule list portfolio --json | jq '.schedules[].next'`;

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('what each connection’s schedule is, its next runs, and where Temporal differs from the file')
    .argument('[connection]', 'only this one')
    .addHelpText('after', listHelp)
    .action(async (connection: string | undefined, options: CommonOptions) => {
      const { listSchedules } = await import('./schedule-list-action.ts');
      await listSchedules(connection, options, openScreen());
    });
}

function scheduleOf(name: string): Command {
  return withCommonOptions(new Command(name)).argument('<connection>', 'its name in the configuration');
}

const pauseHelp = `
A run that is under way goes on (\`incentive-sync pause\` pauses that). What is due meanwhile is not made up for: resumed, the
schedule goes on with its next time. \`apply\` and \`npm start\` leave the pause alone. \`sync\` and \`schedule trigger\` still work.

Examples:
  incentive-sync schedule pause portfolio --reason "vendor moves house until Friday"
  incentive-sync schedule resume portfolio`;

function pauseCommand(): Command {
  return scheduleOf('pause')
    .description('let nothing run by itself until it is resumed')
    .option('--reason <text>', 'why; everybody sees it in `schedule list`, `status` and the Web UI')
    .addHelpText('after', pauseHelp)
    .action(async (connection: string, options: PauseOptions) => {
      const { pauseSchedule } = await import('./schedule-pause-action.ts');
      await pauseSchedule(connection, options, openScreen());
    });
}

function resumeCommand(): Command {
  return scheduleOf('resume')
    .description('let a paused schedule go on, whoever paused it')
    .addHelpText('after', '\nExamples:\n  incentive-sync schedule resume portfolio')
    .action(async (connection: string, options: CommonOptions) => {
      const { resumeSchedule } = await import('./schedule-pause-action.ts');
      await resumeSchedule(connection, options, openScreen());
    });
}

const triggerHelp = `
The same happens as when it is due: a run begins, and where one is under way already, \`overlap\` decides. Works while the
schedule is paused. \`incentive-sync sync\` starts a run without the schedule.

Examples:
  incentive-sync schedule trigger portfolio
  incentive-sync schedule trigger portfolio --json | jq -r .outcome`;

function triggerCommand(): Command {
  return scheduleOf('trigger')
    .description('let it be due now')
    .addHelpText('after', triggerHelp)
    .action(async (connection: string, options: CommonOptions) => {
      const { trigger } = await import('./schedule-run-action.ts');
      await trigger(connection, options, openScreen());
    });
}

const backfillHelp = `
Each time at which it was due in the range counts as due now, all of them at once. A sync reads what its source has now, not
what it had then: so one run serves many of them. The first begins it; of the others \`overlap\` decides, which by default
skips them and says so. It is of use where something else counts on the runs, like a report that waits for them; to have the
data, \`incentive-sync sync\` is enough. At most 100 due times at once. Works while the schedule is paused.

A time is ISO 8601 (\`2026-03-01\`, \`2026-03-01T06:00\`, with \`Z\` or \`+01:00\`; without, by this machine's clock), or how long
ago: \`30m\`, \`2h\`, \`1d\`. Both ends count.

Examples:
  incentive-sync schedule backfill portfolio --from 6h
  incentive-sync schedule backfill portfolio --from 2026-03-01T00:00Z --to 2026-03-01T06:00Z`;

function backfillCommand(): Command {
  return scheduleOf('backfill')
    .description('let what was due in a range of time be due now')
    .requiredOption('--from <time>', 'begin of the range')
    .option('--to <time>', 'end of the range (default: now)')
    .addHelpText('after', backfillHelp)
    .action(async (connection: string, options: BackfillOptions) => {
      const { backfill } = await import('./schedule-run-action.ts');
      await backfill(connection, options, openScreen());
    });
}
