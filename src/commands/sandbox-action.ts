import { isIP } from 'node:net';
import { defaultKey } from '../sandbox/incentify/server.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import type { SandboxCommandOptions } from './sandbox.ts';
import { openScreen, printJson } from './shared.ts';

/** Runs until SIGINT, SIGTERM or, where asked for, the end of the parent. */
export async function runSandbox(options: SandboxCommandOptions): Promise<void> {
  const stopped = stopAsked(options.exitWithParent === true);
  const { port, host, projects, credits, utilizations, seed, latency: latencyMs, precompute = false } = options;
  const sizes = { projects, credits, utilizations };
  const sandbox = await startSandbox({ port, host, precompute, incentify: { sizes, seed, latencyMs } });
  const { line } = openScreen();
  if (!isLoopback(host)) {
    line(`Warning: on ${host} anyone who reaches this machine can read and change the sandbox's (invented) records.`);
  }
  describe(sandbox, line);
  if (options.json === true) {
    await printJson(JSON.stringify({ url: sandbox.url, incentify: { baseUrl: sandbox.incentify.baseUrl } }));
  }
  await stopped;
  await sandbox.close();
}

function describe(sandbox: Sandbox, line: (text: string) => void): void {
  line(`The sandbox listens on ${sandbox.url} (Ctrl-C stops it). Incentify has:`);
  const sizes = sandbox.state().systems.incentify?.streams ?? {};
  for (const [stream, size] of Object.entries(sizes)) line(`  ${stream}: ${size.toLocaleString('en')}`);
  line(`It accepts the key \`${defaultKey}\`. To sync it, set INCENTIFY_API_KEY=${defaultKey}`);
  line('and write into incentive-sync.yaml:');
  line('');
  line('  connections:');
  line('    portfolio:');
  line('      system: incentify');
  line(`      baseUrl: ${sandbox.incentify.baseUrl}`);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
  line('      apiKey: ${INCENTIFY_API_KEY}');
  line('');
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
