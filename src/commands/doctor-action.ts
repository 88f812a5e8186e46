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
    const printer = createPrinter(screen.loudness === 'quiet' ? screen : steps, screen);
    for (const answer of makeChecks(site)) {
      const found = await orAborted(answer, asked.signal);
      found.forEach(printer.tell);
      findings.push(...found);
    }
    printer.end();
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
    .map((state) => `${number(state)} ${state === 'warning' && number(state) > 1 ? 'warnings' : state}`);
  return told.join(', ');
}

interface Printer {
  tell(finding: Finding): void;
  end(): void;
}

/** Lines that are skipped for one reason are one line: the reason is what matters. */
function createPrinter(on: Pick<Steps, 'line'>, screen: Screen): Printer {
  let group: Group | null = null;
  let held: Finding | null = null;
  const print = (finding: Finding) => {
    if (finding.group !== group) on.line(paint(screen, 'bold', finding.group));
    group = finding.group;
    for (const line of lines(finding, screen)) on.line(line);
  };
  const end = () => {
    if (held !== null) print(held);
    held = null;
  };
  return {
    tell: (finding) => {
      const alike = held !== null && isAlike(held, finding);
      if (!alike) end();
      if (finding.state !== 'skipped') return print(finding);
      held = { ...finding, what: held !== null ? `${held.what}, ${finding.what}` : finding.what };
    },
    end,
  };
}

function isAlike(one: Finding, other: Finding): boolean {
  return (['group', 'state', 'connection', 'sentence'] as const).every((key) => one[key] === other[key]);
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
