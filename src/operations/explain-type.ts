import type { ExplainFacts, RunState } from './explain.ts';

/** What to type next, most useful first. Nothing where all is well. */
export function whatToType(facts: ExplainFacts, state: RunState): string[] {
  const { connection, configured, newest, temporal } = facts;
  if (!newest) return [`incentive-sync explain ${connection}`];
  if (!configured && !isOpen(state)) return [`incentive-sync connection purge ${connection}`];
  const worker = temporal?.under?.answered === false ? ['incentive-sync worker'] : [];
  const resume =
    configured && temporal?.schedule?.paused === true ? [`incentive-sync schedule resume ${connection}`] : [];
  return [...worker, ...byState[state](facts), ...resume];
}

const isOpen = (state: RunState): boolean => state === 'running' || state === 'paused' || state === 'parked';

const has = ({ causes }: ExplainFacts, kind: string): boolean => causes.some((cause) => cause.kind === kind);

const aside = (facts: ExplainFacts): string[] =>
  has(facts, 'quarantine') ? [`incentive-sync quarantine list --connection ${facts.connection}`] : [];

const again = ({ connection }: ExplainFacts): string => `incentive-sync sync ${connection} --watch`;

const byState: Record<RunState, (facts: ExplainFacts) => string[]> = {
  completed: aside,
  partial: (facts) => [
    ...aside(facts),
    ...(has(facts, 'brake') ? [`incentive-sync approve-deletes ${facts.connection}`] : []),
    again(facts),
  ],
  failed: (facts) => [`incentive-sync check ${facts.connection}`, again(facts)],
  cancelled: (facts) => [again(facts)],
  lost: (facts) => [again(facts)],
  running: (facts) => (facts.configured ? [again(facts)] : []),
  paused: ({ connection }) => [`incentive-sync resume ${connection}`, `incentive-sync cancel ${connection}`],
  parked: (facts) => [...afterParking(facts), `incentive-sync cancel ${facts.connection}`],
};

function afterParking({ connection, run }: ExplainFacts): string[] {
  switch (run?.waits?.for) {
    case 'deletes':
      return [`incentive-sync approve-deletes ${connection}`];
    case 'push':
      return [`incentive-sync kpi push ${connection} --dry-run`, `incentive-sync kpi push ${connection} --yes`];
    default:
      return [`incentive-sync check ${connection}`, `incentive-sync resume ${connection}`];
  }
}
