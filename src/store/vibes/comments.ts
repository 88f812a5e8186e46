import type { Comments } from '../comments.ts';

/** `trail` are the columns that every table of records has. */
export function vibesComments(trail: Record<string, string>): Comments {
  return {
    'vibes.pools': {
      table:
        'Vibes incentive pools, one row each. Columns carry the vendor’s field names; everything it sent is in raw.',
      columns: {
        ...trail,
        incentive_codes_remaining:
          'Codes that can still be issued when the row was stored; over time: vibes.pool_levels.',
        incentive_codes_low_threshold: 'At or below so many remaining codes, Vibes itself sends a mail.',
        incentive_codes_max_characters: 'Also where the vendor spells it max_charachters.',
        distribution_method: 'unique: a code for one person. multi: for many.',
      },
    },
    'vibes.pool_levels': {
      table:
        'What each pool’s counters were, and when: a row when one of them has changed, and one a day while none does. Forecast: vibes.pool_forecast.',
      columns: {
        pool_id: 'The pool (vibes.pools.id).',
        read_at: 'When it was read.',
      },
    },
    'vibes.pool_changes': {
      table: 'The journal of what incentive-sync changed at Vibes: a row per pool, written before anything is sent.',
      columns: {
        plan: 'Changes that a person approved together.',
        action: 'create or update.',
        settings:
          'What was wanted, in the vendor’s names. Values under exclude or hash are taken out once it is settled.',
        seen: 'Fingerprint of the pool as the person saw it: where it is another one, nothing is sent.',
        before: 'Settings at Vibes just before.',
        after: 'Settings at Vibes just after.',
        state:
          'planned; sent (an answer was awaited); done; refused (nothing was changed); unknown (nobody could say, look at Vibes).',
        reason: 'Why it was refused or is unknown, or what is worth knowing.',
        run_id: 'The run of the workflow that carried it out.',
        attempt: 'Of the activity that sent it; an older one sends nothing any more.',
      },
    },
  };
}
