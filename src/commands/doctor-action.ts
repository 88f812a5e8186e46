import { statfsSync } from 'node:fs';
import { childEnvironment } from '../config/environment.ts';
import { folded, printable } from '../screen/format.ts';
import { type Colour, createScreen, paint, type Screen, widthOf } from '../screen/screen.ts';
import { createSteps, type Steps } from '../screen/steps.ts';
import { closingSignal } from './closing.ts';
import { makeChecks } from './doctor/checks.ts';
import type { Finding, Group } from './doctor/finding.ts';
import { type Asked, type Site, surveySite } from './doctor/site.ts';
import type { DoctorOptions } from './doctor.ts';
import { exitCodes, leave, openScreen, printJson } from './shared.ts';

/** Looks at everything, and leaves by the worst that was found. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const signal = closingSignal({ withParent: false });
  const screen = usableScreen();
  const nodeVersion = process.versions.node;
  const { findings, code } = await examine(
    { ...options, cwd: process.cwd(), env: childEnvironment(), nodeVersion, freeBytes, signal },
    createSteps(screen),
    screen,
  );
  if (options.json) await printJson(JSON.stringify({ doctor: { ok: code === exitCodes.ok, findings } }));
  await leave(code);
}

/** A wrong variable is for a line of its own to tell. */
function usableScreen(): Screen {
  try {
    return openScreen();
  } catch {
    return createScreen(process.stderr, { noColor: true, ci: false });
  }
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

export interface Examined {
  findings: Finding[];
  code: number;
}

/** All lines, each told as soon as those before it are. Changes nothing. */
export async function examine(asked: Asked, steps: Steps, screen: Screen): Promise<Examined> {
  const site = await surveySite(asked);
  const looking = steps.begin('Looking');
  try {
    const findings: Finding[] = [];
    for (const answer of makeChecks(site)) {
      asked.signal.throwIfAborted();
      const found = await orAborted(answer, asked.signal);
      tell(found, findings.at(-1)?.group, steps, screen);
      findings.push(...found);
    }
    const summary = summaryOf(findings);
    if (findings.some(({ state }) => state === 'failed')) looking.failed(summary);
    else looking.done(summary);
    return { findings, code: codeOf(site, findings) };
  } finally {
    void site.close().catch(() => {});
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return Promise.race([work, promise]);
}

function codeOf({ inspected, environment }: Site, findings: readonly Finding[]): number {
  if (inspected === null || inspected.mistakes.length > 0 || environment.length > 0) return exitCodes.usage;
  return findings.some(({ state }) => state === 'failed') ? exitCodes.failed : exitCodes.ok;
}

function summaryOf(findings: readonly Finding[]): string {
  const number = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  const told = (['failed', 'warning', 'skipped', 'ok'] as const)
    .filter((state) => number(state) > 0)
    .map((state) => `${number(state)} ${state}`);
  return told.join(', ');
}

function tell(found: readonly Finding[], before: Group | undefined, steps: Steps, screen: Screen): void {
  let last = before;
  for (const finding of found) {
    if (finding.group !== last) steps.line(paint(screen, 'bold', finding.group));
    last = finding.group;
    for (const line of lines(finding, screen)) steps.line(line);
  }
}

const colours: Record<Finding['state'], Colour> = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' };

function lines({ what, connection, state, sentence, remedy }: Finding, screen: Screen): string[] {
  const width = widthOf(screen);
  const about = connection === null || connection === what ? what : `${connection} ${what}`;
  const [first = '', ...further] = folded(`${about}: ${printable(sentence)}`, width - 11);
  return [
    `  ${paint(screen, colours[state], state.padEnd(7))}  ${first}`,
    ...further.map((line) => `         ${line}`),
    ...(remedy === null ? [] : folded(`             ${printable(remedy)}`, width)),
  ];
}
