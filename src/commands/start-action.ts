import { childEnvironment } from '../config/environment.ts';
import type { Config } from '../config/load.ts';
import { exitCode, runsDocument } from '../operations/json.ts';
import type { PlannedSchedule } from '../operations/schedules.ts';
import { readRunning } from '../runtime/data-dir.ts';
import type { RunningInstance } from '../runtime/types.ts';
import type { Screen } from '../screen/screen.ts';
import { createSteps, type Steps } from '../screen/steps.ts';
import { planInWords } from './apply-lines.ts';
import { closingSignal, untilClosed } from './closing.ts';
import { readConfig, readOwnServers } from './configuration.ts';
import type { Instance } from './instance.ts';
import { startInstance } from './own-instance.ts';
import { exitCodes, leave, printJson } from './shared.ts';
import type { StartOptions } from './start.ts';
import { whereThingsAre } from './whereabouts.ts';

/** A one-off gives up on servers of the user's own that are away; what is to stay up waits for them, for a day. */
const onceWaitsMs = 30_000;
const stayingWaitsMs = 86_400_000;

interface Start {
  options: StartOptions;
  config: Config;
  screen: Screen;
  steps: Steps;
  signal: AbortSignal;
}

/** Everything up, every connection synced at once; then stays up, or with `--once` stops by the receipts' code. */
export async function start(options: StartOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const signal = closingSignal({ withParent: childEnvironment().npm_lifecycle_event !== undefined });
  const begun: Start = { options, config, screen, steps: createSteps(screen), signal };
  if (config.demo) tellDemo(screen);
  for (const warning of config.warnings) screen.line(warning);
  const running = options.once ? await readRunning(config.dataDirectory) : null;
  await leave(await (running ? onceThrough(running, begun) : throughOwn(begun)));
}

function tellDemo(screen: Screen): void {
  screen.line('  No incentive-sync.yaml here: this is the demo, which syncs four emulated vendors on this machine.');
  screen.line('  For your own account, `npx incentive-sync init` asks what to connect and writes incentive-sync.yaml.');
}

async function onceThrough(running: RunningInstance, begun: Start): Promise<number> {
  const { config, steps, signal } = begun;
  const { temporal } = readOwnServers();
  const { joinRunning } = await import('./instance.ts');
  const instance = await joinRunning({ config, running, temporal, steps, signal });
  try {
    return await syncAll(instance, begun);
  } finally {
    await instance.stop();
  }
}

async function throughOwn(begun: Start): Promise<number> {
  const { options, config, screen, steps, signal } = begun;
  const reachableWithinMs = options.once ? onceWaitsMs : stayingWaitsMs;
  const instance = await startInstance({ options, config, steps, signal, reachableWithinMs });
  let code: number;
  try {
    code = options.once ? await syncAll(instance, begun) : await stayUp(instance, begun);
  } finally {
    if (signal.aborted) screen.note('Stopping; a run under way goes on where it was at the next start.');
    await instance.stop();
  }
  screen.note('Everything is stopped.');
  return code;
}

async function stayUp(instance: Awaited<ReturnType<typeof startInstance>>, begun: Start): Promise<number> {
  const { config, screen, steps, signal } = begun;
  const { applyFile } = await import('./apply-schedules.ts');
  const { schedules, warnings } = await applyFile(instance, config.connections);
  tellSchedules(schedules, steps);
  for (const warning of warnings) steps.line(`  ${warning}`);
  try {
    await syncAll(instance, begun);
    for (const line of whereThingsAre(screen, instance, schedules)) screen.note(line);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const { tellAlerts } = await import('./tell-alerts.ts');
  await Promise.all([untilClosed(signal), tellAlerts(instance.databaseUrl, screen, signal)]);
  return exitCodes.ok;
}

async function syncAll(instance: Instance, { options, config, screen, signal }: Start): Promise<number> {
  const { runAll } = await import('./run-all.ts');
  const { connections } = config;
  const receipts = await runAll({ instance, connections, trigger: 'start', screen, live: true, signal });
  if (options.once) await (await import('./until-told.ts')).untilTold(instance, signal);
  if (options.json) await printJson(runsDocument(receipts));
  return exitCode(receipts);
}

function tellSchedules(schedules: readonly PlannedSchedule[], steps: Steps): void {
  for (const planned of schedules) {
    if (planned.change !== 'unchanged') steps.line(`  Schedule of ${planned.connection}: ${planInWords(planned)}`);
  }
}
