import type { Transfer } from './transfer.ts';

/** An element that was taken, once or more often. */
export interface TakenElement {
  readonly id: number;
  readonly context: string;
  readonly kpi: string;
  readonly userId: string | null;
  readonly locationId: string | null;
  /** As it came last; so are the next ones. */
  readonly value: string;
  readonly units: string | null;
  readonly timestamp: string;
  readonly dateFrom: string | null;
  readonly dateTo: string | null;
  /** When it was taken each time, in milliseconds since 1970. */
  readonly takenAt: readonly number[];
  /** `seq` of those requests in the journal. */
  readonly requests: readonly number[];
}

/** What the vendor has, by the elements' ids. */
export class Taken {
  #elements = new Map<number, TakenElement>();

  /** @param request its `seq` in the journal */
  add({ context, data }: Transfer, request: number): void {
    const now = Date.now();
    for (const { user_id: userId = null, location_id: locationId = null, elements } of data) {
      for (const { id, kpi, value, units = null, timestamp, date_from: dateFrom, date_to: dateTo } of elements) {
        const before = this.#elements.get(id);
        this.#elements.set(id, {
          ...{ id, context, kpi, userId, locationId, value, units, timestamp },
          dateFrom: dateFrom ?? null,
          dateTo: dateTo ?? null,
          takenAt: [...(before?.takenAt ?? []), now],
          requests: [...(before?.requests ?? []), request],
        });
      }
    }
  }

  /** In the order in which they were first taken. */
  list(): TakenElement[] {
    return [...this.#elements.values()];
  }

  reset(): void {
    this.#elements.clear();
  }
}
