import type { Dispatcher } from 'undici';
import type { HttpAnswer } from './http.ts';

/** What became of a request that must not be sent twice. */
export type Delivery = AnsweredDelivery | UnansweredDelivery;

export interface AnsweredDelivery {
  /** Its body is what came of it: all of it where `complete`. */
  readonly answer: HttpAnswer;
  readonly complete: boolean;
}

export interface UnansweredDelivery {
  readonly answer: null;
  /** False where it is certain that not a byte of the request left. */
  readonly sent: boolean;
  /** A sentence for people. */
  readonly why: string;
}

/** The same dispatcher, which tells when a request is about to be written to a connection: not before it stands. */
export function tellingStart(dispatcher: Dispatcher, started: () => void): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const { onRequestStart } = handler;
    handler.onRequestStart = (controller, context) => {
      onRequestStart?.call(handler, controller, context);
      // One that was given up while it waited for the connection is not written any more.
      if (!controller.aborted) started();
    };
    return dispatch(options, handler);
  });
}

/** As much of a body as arrives; at most `cap` bytes. */
export async function readWhatComes(
  stream: AsyncIterable<Buffer>,
  cap: number,
): Promise<{ bytes: Buffer; complete: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > cap) return { bytes: Buffer.concat(chunks).subarray(0, cap), complete: false };
    }
    return { bytes: Buffer.concat(chunks), complete: true };
  } catch {
    return { bytes: Buffer.concat(chunks), complete: false };
  }
}

/** The moment until which a request must have begun to leave; null for any. */
export class Start {
  readonly #late = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  isDone = false;

  constructor(withinMs: number | null) {
    // After the process stood still, timers come before whatever came through sockets meanwhile.
    if (withinMs !== null) this.#timer = setTimeout(() => this.#late.abort(), withinMs);
  }

  /** Aborted when it was not `done` in time. */
  get signal(): AbortSignal {
    return this.#late.signal;
  }

  done(): void {
    this.isDone = true;
    this.end();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
