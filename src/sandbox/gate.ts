/** Where held requests wait for an admin's word. */
import type { JournalEntry } from './journal.ts';

export interface HeldRequest {
  seq: number;
  system: string | null;
  stream: string | null;
  page: number | null;
}

/** Which held requests to let go; without anything, all. */
export interface Release {
  system?: string | undefined;
  stream?: string | undefined;
  pages?: number[] | undefined;
  /** At most so many, longest held first. */
  count?: number | undefined;
}

interface Waiting {
  entry: JournalEntry;
  letGo: () => void;
}

export class Gate {
  private waiting = new Set<Waiting>();

  /** Resolves on release, or when the client leaves. */
  wait(entry: JournalEntry, gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const place: Waiting = { entry, letGo: resolve };
      this.waiting.add(place);
      gone.addEventListener('abort', () => {
        this.waiting.delete(place);
        resolve();
      });
    });
  }

  held(): HeldRequest[] {
    return [...this.waiting].map(({ entry: { seq, system, stream, page } }) => ({ seq, system, stream, page }));
  }

  /** @returns how many were let go */
  release({ system, stream, pages, count = Number.POSITIVE_INFINITY }: Release = {}): number {
    const chosen = [...this.waiting].filter(
      ({ entry }) =>
        (system === undefined || entry.system === system) &&
        (stream === undefined || entry.stream === stream) &&
        (pages === undefined || (entry.page !== null && pages.includes(entry.page))),
    );
    const freed = chosen.slice(0, count);
    for (const place of freed) {
      this.waiting.delete(place);
      place.letGo();
    }
    return freed.length;
  }
}
