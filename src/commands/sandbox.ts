import { Command, InvalidArgumentError, Option } from 'commander';
import { withLoudness } from './shared.ts';

export interface SandboxCommandOptions {
  port: number;
  host: string;
  projects: number;
  credits: number;
  utilizations: number;
  neodayRows: number;
  /** Codes that each pool of Vibes issues in a second. */
  vibesIssued: number;
  /** Seconds after which something changes by itself, again and again; 0 for never. */
  changes: number;
  seed: number;
  /** Milliseconds. */
  latency: number;
  precompute?: boolean;
  json?: boolean;
  exitWithParent?: boolean;
}

const help = `
Incentify accepts the key \`sandbox-key\`, NeoDay and Atobi the client \`sandbox-client\` with the secret \`sandbox-secret\`, Vibes the user \`sandbox-user\` with the password \`sandbox-password\` for the company \`Sandbox1\`. Faults, edits of records and the journal of requests are at /_sandbox: docs/sandbox.md.

Examples:
  incentive-sync sandbox                                             Incentify, NeoDay, Atobi and Vibes on port 4100
  incentive-sync sandbox --port 0 --json | jq --unbuffered -r .url   any free port; the address for a script
  incentive-sync sandbox --projects 10000 --credits 33333 --utilizations 100000 --latency 50
  incentive-sync sandbox --neoday-rows 1000000                       export files of 130 MB, made while they are sent
  curl -H 'x-api-key: sandbox-key' http://127.0.0.1:4100/incentify/projects?page=2
  curl -H 'content-type: application/json' -d '{"kind": "status", "status": 500, "every": 7}' \\
       http://127.0.0.1:4100/_sandbox/faults                         every 7th answer fails from now on`;

export function sandboxCommand(): Command {
  return withLoudness(new Command('sandbox'))
    .description("start the vendors' APIs, emulated, alone: generated records, faults on demand, a journal of requests")
    .option('--port <number>', 'where to listen; 0 takes any free port', wholeNumber, 4100)
    .option('--host <address>', 'address to listen on; others than loopback let the network in', '127.0.0.1')
    .option('--projects <number>', 'number of projects', wholeNumber, 200)
    .option('--credits <number>', 'number of credits', wholeNumber, 1000)
    .option('--utilizations <number>', 'number of utilizations', wholeNumber, 10_000)
    .option('--neoday-rows <number>', "rows of NeoDay's win-info; its other exports have shares", wholeNumber, 20_000)
    .option('--vibes-issued <number>', 'codes that each pool of Vibes issues in a second', wholeNumber, 0)
    .option('--changes <seconds>', 'let something change by itself after each so many; 0 for never', wholeNumber, 0)
    .option('--seed <number>', 'the same seed and numbers give the same records', wholeNumber, 1)
    .option('--latency <ms>', 'milliseconds that every answer takes at least', wholeNumber, 0)
    .option('--precompute', 'build every page before listening is announced, for measurements')
    .option(
      '--json',
      'print one JSON document on stdout once it listens: {"url", "incentify": {"baseUrl"}, "neoday": …, "atobi": …, "vibes": …}',
    )
    .addOption(new Option('--exit-with-parent', 'stop when the process that started it is gone').hideHelp())
    .addHelpText('after', help)
    .action(async (options: SandboxCommandOptions) => {
      const { runSandbox } = await import('./sandbox-action.ts');
      await runSandbox(options);
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Give a whole number from 0 up.');
}
