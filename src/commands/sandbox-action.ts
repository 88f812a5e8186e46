import { isIP } from 'node:net';
import { defaultKey } from '../sandbox/incentify/server.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { tellStory, threeNightsAgo } from '../sandbox/story.ts';
import type { SandboxCommandOptions } from './sandbox.ts';
import { openScreen, printJson } from './shared.ts';

/** Runs until SIGINT, SIGTERM or, where asked for, the end of the parent. */
export async function runSandbox(options: SandboxCommandOptions): Promise<void> {
  const stopped = stopAsked(options.exitWithParent === true);
  const { port, host, projects, credits, utilizations, seed, latency: latencyMs, precompute = false } = options;
  const recent = options.changes > 0 ? { firstResultAt: threeNightsAgo(new Date()) } : {};
  const sandbox = await startSandbox({
    port,
    host,
    precompute,
    incentify: { sizes: { projects, credits, utilizations }, seed, latencyMs },
    neoday: { rows: options.neodayRows, seed, latencyMs, ...recent },
    vibes: { seed, latencyMs, issuedPerSecond: options.vibesIssued },
  });
  const { line } = openScreen();
  if (!isLoopback(host)) {
    line(`Warning: on ${host} anyone who reaches this machine can read and change the sandbox's (invented) records.`);
  }
  describe(sandbox, line);
  if (options.json === true) {
    const { url, incentify, neoday, atobi, vibes } = sandbox;
    const of = ({ baseUrl }: { baseUrl: string }) => ({ baseUrl });
    const systems = { incentify: of(incentify), neoday: of(neoday), atobi: of(atobi), vibes: of(vibes) };
    await printJson(JSON.stringify({ url, ...systems }));
  }
  const endStory = options.changes > 0 ? tellStory(sandbox, options.changes) : () => {};
  await stopped;
  endStory();
  await sandbox.close();
}

function describe(sandbox: Sandbox, line: (text: string) => void): void {
  line(`The sandbox listens on ${sandbox.url} (Ctrl-C stops it). Incentify has:`);
  listStreams(sandbox, 'incentify', line);
  line("NeoDay's newest results have:");
  listStreams(sandbox, 'neoday', line);
  line('Vibes has:');
  listStreams(sandbox, 'vibes', line);
  const { clientId, clientSecret } = sandbox.neoday;
  const { atobi } = sandbox;
  const { companyKey, username, password } = sandbox.vibes;
  line(
    `Incentify accepts the key \`${defaultKey}\`, NeoDay and Atobi the client \`${clientId}\` with the secret \`${clientSecret}\`,`,
  );
  line(`Vibes the user \`${username}\` with the password \`${password}\` for the company \`${companyKey}\`.`);
  line(`To sync them, set INCENTIFY_API_KEY=${defaultKey}, NEODAY_CLIENT_SECRET=${clientSecret}`);
  line(`ATOBI_CLIENT_SECRET=${atobi.clientSecret} and VIBES_PASSWORD=${password},`);
  line('and write into incentive-sync.yaml:');
  line('');
  for (const text of connections(sandbox)) line(`  ${text}`);
  line('');
}

function listStreams(sandbox: Sandbox, system: string, line: (text: string) => void): void {
  const sizes = sandbox.state().systems[system]?.streams ?? {};
  for (const [stream, size] of Object.entries(sizes)) line(`  ${stream}: ${size.toLocaleString('en')}`);
}

function connections({ incentify, neoday, atobi, vibes }: Sandbox): string[] {
  return [
    'connections:',
    '  portfolio:',
    '    system: incentify',
    `    baseUrl: ${incentify.baseUrl}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
    '    apiKey: ${INCENTIFY_API_KEY}',
    '  exports:',
    '    system: neoday',
    `    baseUrl: ${neoday.baseUrl}`,
    `    clientId: ${neoday.clientId}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
    '    clientSecret: ${NEODAY_CLIENT_SECRET}',
    '  kpis:',
    '    system: atobi',
    `    baseUrl: ${atobi.baseUrl}`,
    `    clientId: ${atobi.clientId}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
    '    clientSecret: ${ATOBI_CLIENT_SECRET}',
    `    type: ${atobi.type}`,
    '  pools:',
    '    system: vibes',
    `    baseUrl: ${vibes.baseUrl}`,
    `    companyKey: ${vibes.companyKey}`,
    `    username: ${vibes.username}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
    '    password: ${VIBES_PASSWORD}',
  ];
}

/** Listens from the first moment: a signal during the start must not be lost. */
function stopAsked(withParent: boolean): Promise<void> {
  return new Promise((resolve) => {
    const parent = process.ppid;
    const poll = withParent
      ? setInterval(() => {
          if (process.ppid !== parent) stop();
        }, 250)
      : undefined;
    const stop = (): void => {
      clearInterval(poll);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
