import { writeTick } from '../store/ticks.ts';
import type { DueTick, TickEnd } from '../workflows/ticks.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';

export type NoteTickInput = DueTick & TickEnd;

export const createNoteTick = ({ store, redact }: ActivityDependencies) =>
  /** Notes in `sync.ticks` what became of a tick of a schedule. */
  function noteTick(tick: NoteTickInput): Promise<void> {
    return withDatabase(redact, () => writeTick(store.sql, tick));
  };
