import { dayMs } from './neoday/account.ts';
import type { Sandbox } from './sandbox.ts';

/** What a story is told with. */
export type Told = Pick<Sandbox, 'edit' | 'records'> & { neoday: Pick<Sandbox['neoday'], 'addResult'> };

/**
 * Lets the vendors' data change by itself, so that whoever watches a demo sees more than a copy: one step after each
 * `everySeconds`. @returns what ends it
 */
export function tellStory(sandbox: Told, everySeconds: number): () => void {
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    takeStep(sandbox, step, new Date());
  }, everySeconds * 1000);
  timer.unref();
  return () => clearInterval(timer);
}

/** The nightly export of NeoDay three nights ago, so that the newest of three results is last night's. */
export function threeNightsAgo(now: Date): number {
  const night = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), 2, 0, 10);
  const newest = night <= now.getTime() ? night : night - dayMs;
  return newest - 2 * dayMs;
}

/** Records that the story has added have ids from here on, which no generated one has. */
const firstNewId = 900_000_000;
/** Of the oldest so many records each step takes another. */
const stage = 50;
/** A project gets a value that no column takes, and later one that it takes. */
const [spoilt, mended] = [2, 12];
const projectOfTrouble = 7;

/** The same step at the same time always changes the same. */
export function takeStep({ edit, records, neoday }: Told, step: number, now: Date): void {
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
  addUtilization({ edit, records }, step, time);
  if (step % 2 === 0) edit('incentify', 'projects', { op: 'update', at: step % stage, set: changed(step, time) });
  if (step % 3 === 0) edit('incentify', 'utilizations', { op: 'delete', at: stage + (step % stage) });
  if (step % 4 === 0) neoday.addResult('all-coupons');
  if (step === spoilt || step === mended) {
    const count = step === spoilt ? 'two' : 2;
    edit('incentify', 'projects', { op: 'update', at: projectOfTrouble, set: { credits: { item_count: count } } });
  }
}

function changed(step: number, time: string): Record<string, unknown> {
  return { updated_at: time, status: step % 4 === 0 ? 'Approved' : 'In review' };
}

/** One more of a credit that is there, with an id of its own. */
function addUtilization({ edit, records }: Pick<Told, 'edit' | 'records'>, step: number, time: string): void {
  const text = textAt(records('incentify', 'utilizations'), step % stage);
  if (text === null) return;
  const own = text.replace(/"id":\d+/, `"id":${firstNewId + step}`);
  const dated = own.replace(/"(created_at|updated_at)":"[^"]*"/g, `"$1":"${time}"`);
  edit('incentify', 'utilizations', { op: 'insert', text: dated });
}

function textAt(records: Iterable<{ text: string }>, at: number): string | null {
  let position = 0;
  for (const { text } of records) {
    if (position === at) return text;
    position += 1;
  }
  return null;
}
