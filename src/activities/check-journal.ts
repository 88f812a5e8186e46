import { acknowledge, newestDelivery } from '../store/atobi/newest.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';

export interface CheckJournalInput {
  connection: string;
  runId: string;
}

/** How the journal stands against what finished runs have noted in Temporal. */
export interface JournalStanding {
  /** The newest delivery that the journal has, or that a person knows to be missing. */
  newest: number;
  /** The newest that any run has noted; 0 where none has. */
  mark: number;
  /** Why a person has to look first; null where nothing is missing. */
  behind: string | null;
}

export const createCheckJournal = ({ store, redact, journalMark }: ActivityDependencies) =>
  /**
   * Compares the journal with the newest delivery that earlier runs have noted in Temporal. A journal without it was
   * restored from a backup, or belongs to another database.
   */
  function checkJournal({ connection }: CheckJournalInput): Promise<JournalStanding> {
    return withDatabase(redact, async () => {
      const [newest, mark] = await Promise.all([newestDelivery(store.sql, connection), journalMark(connection)]);
      return { newest, mark, behind: mark > newest ? sentence(connection, newest, mark) : null };
    });
  };

function sentence(connection: string, newest: number, mark: number): string {
  const has = newest === 0 ? 'it has none of this connection' : `its newest is ${newest}`;
  return `The journal is behind: an earlier run ended with delivery ${mark}, but ${has}. The database was restored from a backup, or purged, or is another one. What was accepted since is not known here and would be sent once more, with the same ids. If that may be, type \`incentive-sync kpi push ${connection} --yes\`; if not, \`incentive-sync cancel ${connection}\` and bring the right database back.`;
}

export const createAcknowledgeJournal = ({ store, redact }: ActivityDependencies) =>
  /** A person knows that deliveries up to this one may be missing. New ones get larger numbers. */
  function acknowledgeJournal({ connection, upTo }: { connection: string; upTo: number }): Promise<void> {
    return withDatabase(redact, () => acknowledge(store.sql, connection, upTo));
  };
