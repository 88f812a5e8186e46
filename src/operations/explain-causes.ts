import type { CauseKind } from '../causes.ts';
import type { System } from '../receipt.ts';
import type { NotedCause } from '../store/causes.ts';
import type { PastRun } from '../store/past-runs.ts';
import { count, duration, often } from '../words.ts';
import { type Because, type ExplainFacts, isSlow, type RunState, rowsInWords, type Slowness } from './explain.ts';

const vendors: Record<System, string> = { incentify: 'Incentify', neoday: 'NeoDay', atobi: 'Atobi', vibes: 'Vibes' };

/** One kind of cause in a run, over all of its streams. */
interface Summed {
  kind: CauseKind;
  streams: string[];
  times: number;
  seconds: number;
  note: string | null;
}

const noticeableSeconds = 0.5;

/** Why a run was as it was: what it says of itself, then what its time went into. */
export function becauseOf(facts: ExplainFacts, run: PastRun, state: RunState, slow: Slowness | null): Because[] {
  const reasons = reasonsOf(facts, run, state);
  const causes = summed(facts).filter((cause) => !isTold(cause, reasons, state));
  const waits = causes
    .map((cause) => ({ sentence: sentenceOf(cause, run), ...(cause.seconds > 0 ? { seconds: cause.seconds } : {}) }))
    .toSorted((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));
  return [...reasons.map((sentence) => ({ sentence })), ...waits, ...theRest(run, state, causes, slow)];
}

function reasonsOf(facts: ExplainFacts, run: PastRun, state: RunState): string[] {
  const { temporal, now } = facts;
  if (state === 'lost') return temporal?.ended == null ? [] : [temporal.ended];
  if (run.receipt !== null && state !== 'running') return run.receipt.reasons;
  const waited = duration(Math.max(0, (Date.parse(now) - Date.parse(run.statusAt)) / 1000));
  if (state === 'parked') {
    const again = triedAgain(facts, run);
    return [`It has waited for ${waited}${again}. ${run.waits?.why ?? 'Nobody has noted what for.'}`];
  }
  if (state === 'paused') return [`A person paused it ${waited} ago.`];
  const under = temporal?.under;
  if (under?.waiting != null) return [`Now: ${under.waiting}.`];
  return under?.answered === false ? ['No worker answers; the run goes on when one does.'] : [];
}

/** A parked run tries again now and then, and each time begins to wait anew. */
function triedAgain({ causes, now }: ExplainFacts, { statusAt }: PastRun): string {
  const refused = causes.filter(({ kind, firstAt }) => kind === 'refused' && firstAt < statusAt);
  const [first] = refused.map(({ firstAt }) => firstAt).toSorted();
  if (first === undefined) return '';
  const ago = duration((Date.parse(now) - Date.parse(first)) / 1000);
  return ` since it tried last; it was refused first ${ago} ago`;
}

/** Of streams that are read side by side the longest counts: they wait at the same time. */
function summed({ causes, system }: ExplainFacts): Summed[] {
  const kinds = [...new Set(causes.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const own = causes.filter((cause) => cause.kind === kind);
    const seconds = own.map((cause) => cause.seconds);
    return {
      kind,
      streams: own.map(({ stream }) => stream).filter((stream) => stream !== ''),
      times: own.reduce((sum, { times }) => sum + times, 0),
      seconds: system === 'neoday' ? Math.max(...seconds) : seconds.reduce((sum, one) => sum + one, 0),
      note: newestNote(own),
    };
  });
}

function newestNote(causes: readonly NotedCause[]): string | null {
  const noted = causes.filter(({ note }) => note !== null).toSorted((a, b) => b.lastAt.localeCompare(a.lastAt));
  return noted[0]?.note ?? null;
}

/** What the receipt has said is not said again. */
function isTold({ kind, seconds }: Summed, reasons: readonly string[], state: RunState): boolean {
  if (kind === 'quarantine') return reasons.some((reason) => reason.includes('put aside'));
  if (kind === 'paused' && state === 'paused') return seconds < noticeableSeconds;
  const waits = kind === 'brake' || kind === 'agreement' || kind === 'refused';
  return waits && seconds < noticeableSeconds && reasons.length > 0;
}

function sentenceOf({ kind, streams, times, seconds, note }: Summed, { system }: PastRun): string {
  const vendor = vendors[system];
  const where = streams.length === 0 ? '' : ` (${streams.slice(0, 5).join(', ')}${streams.length > 5 ? ', …' : ''})`;
  const took = duration(seconds);
  const newest = note === null ? '' : ` The newest: ${note}`;
  switch (kind) {
    case 'rate-limited':
      return `${vendor} asked for a pause ${often(times)}${where}; the run waited ${took}, and asked more slowly for a while.`;
    case 'unavailable':
      return `${vendor} gave no usable answer ${often(times)}${where}; ${took} went by until the next tries.${newest}`;
    case 'contract':
      return `${vendor} answered otherwise than it documents ${often(times)}${where}.${newest}`;
    case 'database':
      return `The database was away, or refused, ${often(times)}${where}; ${took} went by until the next tries.`;
    case 'worker-lost':
      return `A worker was lost ${often(times)}${where}: killed, frozen or cut off. It takes ${took} to be sure of that.`;
    case 'worker-missing':
      return `No worker was there to take the next step${where}, for ${took}.`;
    case 'page-shift':
      return `A stream had changed while it was read, and was read again ${often(times)}${where}, which took ${took}: ${note ?? 'it did not add up'}.`;
    case 'second-look':
      return `Rows were missing from the source, so that it was read a second time to be sure${where}, which took ${took}.`;
    case 'file-again':
      return `A file had to be downloaded from its beginning again ${often(times)}${where}.`;
    case 'quarantine':
      return `${count(times)} ${times === 1 ? 'record was' : 'records were'} put aside${where}.`;
    case 'brake':
      return `Rows that are missing from the source waited for a person${where}, for ${took}.`;
    case 'agreement':
      return `The push waited for a person to agree, for ${took}.`;
    case 'refused':
      return `${vendor} refused the key or a setting ${often(times)}; the run waited ${took}.`;
    case 'paused':
      return `A person paused it ${often(times)}, for ${took} together.`;
    case 'budget':
      return `Its budget of requests a minute was used up; the run waited ${took} for the next.`;
    case 'resync':
      return `A person asked for everything again${where}${seconds > 0 ? `, which took ${took}` : ''}.`;
    case 'defect':
      return `An error of incentive-sync itself came ${often(times)}${where}.${newest}`;
  }
}

/** What is left of the time is reading; told where somebody would ask. */
function theRest(run: PastRun, state: RunState, causes: readonly Summed[], slow: Slowness | null): Because[] {
  const told = causes.reduce((sum, { seconds }) => sum + seconds, 0);
  const rest = Math.max(0, run.seconds - told);
  const rows = Object.values(run.receipt?.streams ?? {}).reduce((sum, { fetched }) => sum + fetched, 0);
  if (slow?.slow === true && rows > 1.5 * slow.usualRows) {
    const sentence = `It read ${rowsInWords(rows)} in ${duration(rest)}, where ${rowsInWords(slow.usualRows)} are usual.`;
    return [{ sentence, seconds: rest }];
  }
  if (slow?.slow === true && isSlow(rest, slow.usualSeconds)) {
    return [{ sentence: slowerReading(rest, told > 0, causes), seconds: rest }];
  }
  const worth = told >= noticeableSeconds && state !== 'lost' && state !== 'parked' && state !== 'paused';
  return worth ? [{ sentence: `The rest, ${duration(rest)}, was reading and writing.`, seconds: rest }] : [];
}

function slowerReading(rest: number, isRest: boolean, causes: readonly Summed[]): string {
  const what = `${isRest ? 'The rest' : 'All of it'}, ${duration(rest)}, was reading and writing, slower than usual`;
  if (causes.some(({ kind }) => kind === 'rate-limited'))
    return `${what}: after each pause it asks more slowly for a while.`;
  return `${what}; nothing was noted that explains it, so the vendor, the network or the database took longer to answer.`;
}
