/**
 * What a fault is. One kind per file: a schema for its options and what it does. A new kind is a new file and a line in
 * `kinds.ts` (or in the vendor's list, when it knows the vendor's format).
 */
import { z } from 'zod';
import type { Answer } from '../answer.ts';
import type { Exchange } from '../exchange.ts';

/** A fault acts at any of these points; of several faults, each point goes through them in the order they were set. */
export interface Behaviour {
  /** Before the answer is made. Must return when the client leaves (`exchange.gone`). */
  wait?(exchange: Exchange): Promise<void>;
  change?(answer: Answer, exchange: Exchange): Answer;
  /** Like `change`, but after all changes: compression. */
  encode?(answer: Answer, exchange: Exchange): Answer;
  /** Sends the answer in its own way; of several, the last set does. */
  send?(answer: Answer, exchange: Exchange): Promise<void>;
}

const count = z.int().positive();

/** Every fault may say which requests it means; without a word, every request of every vendor. */
export const scope = {
  system: z.string().optional(),
  streams: z.array(z.string()).optional(),
  pages: z.array(z.int()).optional(),
  /** Only pages from this one on. */
  fromPage: z.int().optional(),
  /** Only requests of these kinds: see `step` in the journal. */
  steps: z.array(z.string()).optional(),
  /** Only requests for these results of exports. */
  results: z.array(z.string()).optional(),
  /** Lets the first so many requests of the scope pass untouched. */
  skip: z.int().nonnegative().optional(),
  /** Every n-th request of the scope: 3 means the third, sixth, ninth. */
  every: count.optional(),
  /** Strikes so many times, then never again. */
  first: count.optional(),
};

export type Scope = z.infer<z.ZodObject<typeof scope>>;

export interface FaultKind<Input = unknown> {
  readonly kind: string;
  /** Only for the type: what a caller may write. */
  readonly input?: Input;
  /** @throws {z.ZodError} for options that this kind does not have */
  arm(input: unknown): { scope: Scope; behaviour: Behaviour };
}

export type InputOf<Kind> = Kind extends FaultKind<infer Input> ? Input : never;

export function faultKind<Schema extends z.ZodType<Scope>>(
  kind: string,
  schema: Schema,
  behave: (options: z.output<Schema>) => Behaviour,
): FaultKind<z.input<Schema>> {
  return {
    kind,
    arm: (input) => {
      const options = schema.parse(input);
      return { scope: options, behaviour: behave(options) };
    },
  };
}
