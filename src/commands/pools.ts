import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions, withExamples } from './shared.ts';

export interface ApplyOptions extends CommonOptions {
  yes?: boolean;
}

/** Settings as options of `create` and `update`. */
export interface SettingOptions extends ApplyOptions {
  name?: string;
  issuance?: boolean;
  redemption?: boolean;
  lowThreshold?: number;
  maxCharacters?: number;
  method?: 'unique' | 'multi';
  email?: string;
}

const help = `
\`plan\` compares the pools that the file declares (\`pools:\` of a connection to Vibes) with those that are there, and changes
nothing. \`apply\` shows the same, asks, and has a worker do it; a pool that somebody changed since is left alone. Pools that
the file does not declare are never touched. What was done stands in the table vibes.pool_changes.

Exit codes: plan 0 nothing to do, 3 something is; apply, create and update 0 done, 3 some of it was refused or is unknown.

Examples:
  incentive-sync pools plan coupons                           what would be created and changed, field by field
  incentive-sync pools apply coupons --yes                    do it without being asked
  incentive-sync pools list coupons                           every pool, its level, and when it runs out
  incentive-sync pools show coupons "Store coupons"           one pool, by name or id
  incentive-sync pools create coupons --name Spring --method unique --low-threshold 100 --max-characters 16 \\
      --email campaigns@example.com
  incentive-sync pools update coupons 311 --low-threshold 50 --no-issuance`;

export function poolsCommand(): Command {
  const command = new Command('pools')
    .description('incentive pools of Vibes: what is declared, what is there, how full they are')
    .addHelpText('after', help);
  for (const sub of [planCommand(), applyCommand(), listCommand(), showCommand(), createCommand(), updateCommand()]) {
    command.addCommand(sub);
  }
  return command;
}

function poolsOf(name: string): Command {
  return withCommonOptions(new Command(name)).argument('<connection>', 'its name in the configuration');
}

function planCommand(): Command {
  return withExamples(
    poolsOf('plan'),
    'incentive-sync pools plan coupons',
    'incentive-sync pools plan coupons --json      exit code 3 where there is something to do',
  )
    .description('what would have to be done so that the pools are as the file declares them')
    .action(async (connection: string, options: CommonOptions) => {
      const { planAction } = await import('./pools-plan-action.ts');
      await planAction(connection, options, openScreen());
    });
}

function applyCommand(): Command {
  return withExamples(
    poolsOf('apply'),
    'incentive-sync pools apply coupons            shows it, asks, and does it',
    'incentive-sync pools apply coupons --yes      without being asked',
  )
    .description('bring the pools to what the file declares, after showing it and asking')
    .option('--yes', 'do what is shown without being asked')
    .action(async (connection: string, options: ApplyOptions) => {
      const { applyAction } = await import('./pools-apply-action.ts');
      await applyAction(connection, options, openScreen());
    });
}

function listCommand(): Command {
  return withExamples(
    poolsOf('list'),
    'incentive-sync pools list coupons',
    `incentive-sync pools list coupons --json | jq '.pools[] | select(.remaining < 100)'`,
  )
    .description('every pool, its level, and when it runs out')
    .action(async (connection: string, options: CommonOptions) => {
      const { listAction } = await import('./pools-list-action.ts');
      await listAction(connection, options, openScreen());
    });
}

function showCommand(): Command {
  return withExamples(
    poolsOf('show'),
    'incentive-sync pools show coupons "Store coupons"',
    'incentive-sync pools show coupons 311',
  )
    .description('one pool: its settings, its level, and when it runs out')
    .argument('<pool>', 'its name or id')
    .action(async (connection: string, pool: string, options: CommonOptions) => {
      const { showAction } = await import('./pools-list-action.ts');
      await showAction(connection, pool, options, openScreen());
    });
}

function createCommand(): Command {
  return withExamples(
    withSettings(poolsOf('create')),
    'incentive-sync pools create coupons --name Spring --method unique --low-threshold 100 --max-characters 16 \\',
    '    --email campaigns@example.com',
  )
    .description('create a pool without a file')
    .action(async (connection: string, options: SettingOptions) => {
      const { createAction } = await import('./pools-single-action.ts');
      await createAction(connection, options, openScreen());
    });
}

function updateCommand(): Command {
  // Before their opposites, which would otherwise make `true` the default.
  const command = withExamples(
    poolsOf('update'),
    'incentive-sync pools update coupons 311 --low-threshold 50',
    'incentive-sync pools update coupons "Store coupons" --no-issuance --yes',
  )
    .argument('<pool>', 'its name or id')
    .option('--issuance', 'let codes be issued again')
    .option('--redemption', 'let codes be redeemed again');
  return withSettings(command)
    .description('change settings of a pool without a file; those that are not named stay')
    .action(async (connection: string, pool: string, options: SettingOptions) => {
      const { updateAction } = await import('./pools-single-action.ts');
      await updateAction(connection, pool, options, openScreen());
    });
}

function withSettings(command: Command): Command {
  return command
    .option('--name <name>', 'its name')
    .addOption(
      new Option('--method <method>', 'distribution: a code for one person, or for many').choices(['unique', 'multi']),
    )
    .option('--low-threshold <number>', 'Vibes sends a mail at so many remaining codes', wholeNumber(0))
    .option('--max-characters <number>', 'longest code', wholeNumber(1))
    .option('--email <address>', 'where Vibes sends its mail')
    .option('--no-issuance', 'let no code be issued')
    .option('--no-redemption', 'let no code be redeemed')
    .option('--yes', 'do what is shown without being asked');
}

function wholeNumber(from: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= from) return value;
    throw new InvalidArgumentError(`Give a whole number from ${from} up.`);
  };
}
