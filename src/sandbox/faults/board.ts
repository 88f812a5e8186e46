/** The faults that are set now, and which of them strike a request. */
import { z } from 'zod';
import { ConfigurationError } from '../../errors.ts';
import type { JournalEntry } from '../journal.ts';
import type { Behaviour, FaultKind, Scope } from './fault.ts';

export interface FaultStatus {
  id: number;
  fault: unknown;
  /** Requests in its scope so far, and how many of them it struck. */
  matched: number;
  fired: number;
}

interface SetFault extends FaultStatus {
  kind: string;
  scope: Scope;
  behaviour: Behaviour;
}

const none: readonly Behaviour[] = [];

export class FaultBoard {
  private readonly kinds: readonly FaultKind[];
  private faults: SetFault[] = [];
  private lastId = 0;

  constructor(kinds: readonly FaultKind[]) {
    this.kinds = kinds;
  }

  /** Adds faults to those already set. @throws {ConfigurationError} when one is not understood; then none is added */
  add(inputs: readonly unknown[]): FaultStatus[] {
    const added = inputs.map((input) => this.armed(input));
    this.faults.push(...added);
    return added.map(status);
  }

  /** Like `add`, in place of all that were set. */
  replace(inputs: readonly unknown[]): FaultStatus[] {
    const before = this.faults;
    this.faults = [];
    try {
      return this.add(inputs);
    } catch (error) {
      this.faults = before;
      throw error;
    }
  }

  clear(): void {
    this.faults = [];
  }

  /** @returns whether there was such a fault */
  remove(id: number): boolean {
    const before = this.faults.length;
    this.faults = this.faults.filter((fault) => fault.id !== id);
    return this.faults.length < before;
  }

  list(): FaultStatus[] {
    return this.faults.map(status);
  }

  /** Counts the request and names the faults that strike it in its journal entry. */
  firing(entry: JournalEntry): readonly Behaviour[] {
    if (this.faults.length === 0) return none;
    const striking = this.faults.filter((fault) => strikes(fault, entry));
    entry.faults = striking.map(({ kind }) => kind);
    return striking.map(({ behaviour }) => behaviour);
  }

  private armed(input: unknown): SetFault {
    const { kind } = z.looseObject({ kind: z.string() }).catch({ kind: '(none)' }).parse(input);
    const known = this.kinds.find((candidate) => candidate.kind === kind);
    if (known === undefined) {
      const names = this.kinds.map((candidate) => candidate.kind).join(', ');
      throw new ConfigurationError(`There is no fault of kind \`${kind}\`. Known kinds: ${names}.`);
    }
    this.lastId += 1;
    return { id: this.lastId, kind, fault: input, matched: 0, fired: 0, ...arm(known, input) };
  }
}

function arm(kind: FaultKind, input: unknown): { scope: Scope; behaviour: Behaviour } {
  try {
    return kind.arm(input);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const mistakes = error.issues.map(({ path, message }) => `${path.join('.') || 'fault'}: ${message}`);
    throw new ConfigurationError(`The fault \`${kind.kind}\` is not understood: ${mistakes.join('; ')}`, mistakes);
  }
}

function strikes(fault: SetFault, entry: JournalEntry): boolean {
  const { skip = 0, every = 1, first = Number.POSITIVE_INFINITY } = fault.scope;
  if (!inScope(fault.scope, entry)) return false;
  fault.matched += 1;
  const counted = fault.matched - skip;
  if (counted < 1 || counted % every !== 0 || fault.fired >= first) return false;
  fault.fired += 1;
  return true;
}

function inScope({ system, streams, steps, results, pages, fromPage }: Scope, entry: JournalEntry): boolean {
  if (system !== undefined && system !== entry.system) return false;
  if (!among(streams, entry.stream) || !among(steps, entry.step)) return false;
  if (!among(results, entry.result) || !among(pages, entry.page)) return false;
  return fromPage === undefined || (entry.page !== null && entry.page >= fromPage);
}

function among<T>(wanted: readonly T[] | undefined, value: T | null): boolean {
  return wanted === undefined || (value !== null && wanted.includes(value));
}

function status({ id, fault, matched, fired }: SetFault): FaultStatus {
  return { id, fault, matched, fired };
}
