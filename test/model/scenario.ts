import fc from 'fast-check';

export const modelStreams = ['projects', 'credits'] as const;
export type ModelStream = (typeof modelStreams)[number];

/** A change of the source. Places are shares of its length, so that a change fits whatever was changed before it. */
export type Change =
  | { kind: 'insert'; stream: ModelStream; place: number }
  /** A record that was deleted earlier comes back. */
  | { kind: 'return'; stream: ModelStream; place: number }
  | { kind: 'delete'; stream: ModelStream; place: number }
  | { kind: 'update'; stream: ModelStream; place: number; title: string }
  | { kind: 'reorder'; stream: ModelStream; seed: number };

/** What happens before the next answer of the vendor. */
export type Event =
  | Change
  /** Nothing, for so many answers. */
  | { kind: 'calm'; answers: number }
  | { kind: 'fault'; fault: 'error' | 'cut' | 'drop' | 'html' | 'unsuccessful' | 'pause' }
  /** The worker ends and another one starts; where it is a process of its own, it is killed. */
  | { kind: 'worker' }
  | { kind: 'resync'; streams?: ModelStream[] }
  | { kind: 'pause' };

export interface Round {
  /** Made while no run is under way. */
  before: Change[];
  during: Event[];
}

export interface Scenario {
  sizes: Record<ModelStream, number>;
  rounds: Round[];
}

const stream = fc.constantFrom<ModelStream>('projects', 'projects', 'credits');
/** More often near the front, where pages have been read already. */
const place = fc.double({ min: 0, max: 0.999, noNaN: true }).map((share) => share ** 2);
const insert = fc.record({ kind: fc.constant('insert' as const), stream, place });
const comeBack = fc.record({ kind: fc.constant('return' as const), stream, place });
const remove = fc.record({ kind: fc.constant('delete' as const), stream, place });
const update = fc.record({ kind: fc.constant('update' as const), stream, place, title: fc.string({ maxLength: 12 }) });
const reorder = fc.record({ kind: fc.constant('reorder' as const), stream, seed: fc.nat(1000) });
const calm = fc.record({ kind: fc.constant('calm' as const), answers: fc.integer({ min: 1, max: 3 }) });

const fault = fc.record({
  kind: fc.constant('fault' as const),
  fault: fc.constantFrom('error', 'cut', 'drop', 'html', 'unsuccessful', 'pause') as fc.Arbitrary<
    Extract<Event, { kind: 'fault' }>['fault']
  >,
});
const resync: fc.Arbitrary<Event> = fc.oneof(
  fc.constant({ kind: 'resync' as const }),
  fc.record({ kind: fc.constant('resync' as const), streams: fc.uniqueArray(fc.constantFrom(...modelStreams)) }),
);
const pause = fc.constant({ kind: 'pause' as const });

/**
 * The source grows during a round, or it shrinks, or neither: a delete that is hidden by an insert before the next answer
 * cannot be told by numbers of pages, which the documentation says.
 */
function during(): fc.Arbitrary<Event[]> {
  const worker = fc.constant({ kind: 'worker' as const });
  const mishap = fc.oneof(
    { arbitrary: fault, weight: 4 },
    { arbitrary: resync, weight: 1 },
    { arbitrary: pause, weight: 1 },
  );
  const changing = (...changes: fc.Arbitrary<Event>[]) => {
    const change = { arbitrary: fc.oneof(...changes), weight: 6 };
    const other = { arbitrary: fc.oneof(update, reorder), weight: 1 };
    return fc.array(fc.oneof(change, other, { arbitrary: calm, weight: 4 }, { arbitrary: mishap, weight: 2 }), {
      minLength: 2,
      maxLength: 12,
    });
  };
  const withWorker = (events: fc.Arbitrary<Event[]>) =>
    fc
      .tuple(events, fc.option(worker, { freq: 2 }), fc.nat(13))
      .map(([list, one, at]) => (one === null ? list : list.toSpliced(at, 0, one)));
  return fc.oneof(
    withWorker(changing(insert, comeBack)),
    withWorker(changing(remove)),
    withWorker(fc.array(fc.oneof(calm, mishap), { maxLength: 8 })),
  );
}

export function scenarios(rounds: number): fc.Arbitrary<Scenario> {
  return fc.record({
    sizes: fc.record({ projects: fc.integer({ min: 15, max: 45 }), credits: fc.integer({ min: 0, max: 30 }) }),
    rounds: fc.array(
      fc.record({
        before: fc.array(fc.oneof(insert, comeBack, remove, remove, update, reorder), { maxLength: 8 }),
        during: during(),
      }),
      { minLength: rounds, maxLength: rounds },
    ),
  });
}
