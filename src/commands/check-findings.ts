import { AuthenticationError, VendorUnavailableError } from '../errors.ts';
import { count, duration } from '../screen/format.ts';

/** What a stream's first page tells of the source. */
export interface Probe {
  /** Records that the source says it has; null where it does not say. */
  total: number | null;
  /** Records on the first page. */
  records: number;
  /** The vendor's clock when it answered, in milliseconds since 1970; null where it did not tell. */
  serverTime: number | null;
}

export type Counted = readonly [one: string, many: string];

/** What one request came to. */
export interface Asked {
  stream: string;
  /** What is counted there: `record`, `records`. */
  counted: Counted;
  milliseconds: number;
  /** By how many milliseconds the vendor's clock is ahead of ours; null where it did not tell. */
  ahead: number | null;
  outcome: { probe: Probe } | { error: Error };
}

export interface Finding {
  what: string;
  state: 'ok' | 'failed' | 'skipped';
  sentence: string;
  /** What to do now; null where the sentence says it, or nothing is to be done. */
  remedy: string | null;
}

type CheckedSystem = 'incentify' | 'neoday' | 'atobi' | 'vibes';

/** What to do about a key that is refused and a stream that may not be read. */
const words: Record<CheckedSystem, { key: string; streams: string }> = {
  incentify: {
    key: 'Put the right key where `apiKey` refers to: the sandbox and production have keys of their own.',
    streams: 'streams:',
  },
  neoday: {
    key: 'Put the right values where `clientId` and `clientSecret` refer to, of a client whose role has the permission automated-exports-view.',
    streams: 'exports:',
  },
  atobi: {
    key: 'Put the right values where `clientId` and `clientSecret` refer to: test and production have values of their own.',
    streams: 'kpis:',
  },
  vibes: {
    key: 'Look at what the line of the pools says: a 401 is about `username` and `password`, a 403 about rights or this machine’s address.',
    streams: 'companyKey:',
  },
};

const worstClockMs = 60_000;

/** Every line of the check that the requests alone can tell, in the order people read them. */
export function findings(
  { pointsAt, system }: { pointsAt: string; system: CheckedSystem },
  streams: readonly string[],
  asked: readonly Asked[],
): Finding[] {
  return [
    addressFinding(pointsAt, asked),
    keyFinding(system, streams, asked),
    clockFinding(asked),
    ...streams.map((stream) => streamFinding(system, stream, asked)),
  ];
}

/** 1 where something is wrong, 3 where nothing is but that some streams may not be read. */
export function exitCodeOf(all: readonly Finding[], asked: readonly Asked[]): 0 | 1 | 3 {
  const forbidden = asked.filter((one) => isRefused(one) && readable(asked)).map(({ stream }) => stream);
  const failed = all.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return 0;
  return failed.every(({ what }) => forbidden.includes(what)) ? 3 : 1;
}

const isRefused = ({ outcome }: Asked): boolean => 'error' in outcome && outcome.error instanceof AuthenticationError;

const readable = (asked: readonly Asked[]): boolean => asked.some(({ outcome }) => 'probe' in outcome);

function addressFinding(pointsAt: string, asked: readonly Asked[]): Finding {
  const answers = asked.find((one) => 'probe' in one.outcome || isRefused(one));
  if (answers) return ok('address', `${pointsAt} answers, in ${milliseconds(answers.milliseconds)}`);
  const [first] = asked;
  const why = first && 'error' in first.outcome ? first.outcome.error.message : 'nothing was asked';
  return failed('address', `${pointsAt}: ${why}`);
}

function keyFinding(system: CheckedSystem, streams: readonly string[], asked: readonly Asked[]): Finding {
  if (readable(asked)) return ok('key', 'is accepted');
  if (!asked.some(isRefused)) return { what: 'key', state: 'skipped', sentence: 'could not be tried', remedy: null };
  return failed('key', streams.length > 0 ? 'is refused for every stream' : 'is refused', words[system].key);
}

function clockFinding(asked: readonly Asked[]): Finding {
  const [nearest] = asked
    .flatMap(({ ahead, milliseconds: took }) => (ahead === null ? [] : [{ ahead, took }]))
    .sort((a, b) => a.took - b.took);
  if (nearest === undefined) {
    const sentence = readable(asked) ? 'the vendor did not tell its time' : 'could not be compared';
    return { what: 'clock', state: 'skipped', sentence, remedy: null };
  }
  const { ahead } = nearest;
  // The header has whole seconds, so this much is no difference.
  if (Math.abs(ahead) < 1500) return ok('clock', 'agrees with the vendor’s');
  const sentence = `is ${duration(Math.abs(ahead) / 1000)} ${ahead > 0 ? 'behind' : 'ahead of'} the vendor’s`;
  if (Math.abs(ahead) <= worstClockMs) return ok('clock', sentence);
  return failed(
    'clock',
    sentence,
    'Set this machine’s clock, or tell the vendor about theirs: pauses that it asks for by date are misunderstood.',
  );
}

function streamFinding(system: CheckedSystem, stream: string, asked: readonly Asked[]): Finding {
  const one = asked.find((request) => request.stream === stream);
  if (one === undefined) return { what: stream, state: 'skipped', sentence: 'was not asked for', remedy: null };
  const { outcome } = one;
  if ('probe' in outcome) {
    const { total, records } = outcome.probe;
    const told =
      total === null
        ? `${count(records)} on the first page; the source does not say how many there are`
        : `${count(total)} ${one.counted[total === 1 ? 0 : 1]}`;
    return ok(stream, `${told}, first page in ${milliseconds(one.milliseconds)}`);
  }
  if (isRefused(one) && readable(asked)) {
    return failed(
      stream,
      'the key may not read it',
      `Ask the vendor to allow it, or leave it out by \`${words[system].streams}\` in the configuration.`,
    );
  }
  return failed(stream, outcome.error.message);
}

/** Further requests would only take as long to fail. */
export function isHopeless({ outcome }: Asked): boolean {
  return 'error' in outcome && outcome.error instanceof VendorUnavailableError;
}

function ok(what: string, sentence: string): Finding {
  return { what, state: 'ok', sentence, remedy: null };
}

export function failed(what: string, sentence: string, remedy: string | null = null): Finding {
  return { what, state: 'failed', sentence, remedy };
}

const milliseconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : duration(ms / 1000));
