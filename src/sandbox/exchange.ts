/** One request and its answer: the journal's entry, the connection, and the order in which faults act on them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, StreamedBody } from './answer.ts';
import type { FaultBoard } from './faults/board.ts';
import type { Gate } from './gate.ts';
import type { JournalEntry } from './journal.ts';

export interface ExchangeParts {
  entry: JournalEntry;
  request: IncomingMessage;
  response: ServerResponse;
  gate: Gate;
  /** A failure in the vendor's own shape. */
  failure: (status: number, message: string) => Answer;
}

export class Exchange {
  readonly entry: JournalEntry;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly gate: Gate;
  readonly failure: (status: number, message: string) => Answer;
  private cut = false;
  private leaving: AbortController | undefined;
  private unblock: (() => void) | undefined;

  constructor({ entry, request, response, gate, failure }: ExchangeParts) {
    this.entry = entry;
    this.request = request;
    this.response = response;
    this.gate = gate;
    this.failure = failure;
    response.on('close', () => this.closed());
    // A write after the client left is told here; `closed` has noted it already.
    response.on('error', () => undefined);
  }

  /** Aborted once the connection is gone, whoever ended it. */
  get gone(): AbortSignal {
    this.leaving ??= new AbortController();
    if (this.response.closed) this.leaving.abort();
    return this.leaving.signal;
  }

  /** Resolves after `ms`, or at once when the client leaves. */
  async pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.gone }).catch(() => undefined);
  }

  /** Sends status line and headers; a `length` that is not known makes the body chunked. */
  head(answer: Answer, length: number | null): void {
    const { entry, response } = this;
    entry.status = answer.status;
    response.writeHead(
      answer.status,
      length === null ? answer.headers : { ...answer.headers, 'content-length': length },
    );
  }

  /** Sends a part of the body; resolves when the connection has taken it, or is gone. */
  write(part: Buffer): Promise<void> {
    this.entry.bytes += part.length;
    return new Promise((resolve) => {
      this.unblock = resolve;
      this.response.write(part, () => resolve());
    });
  }

  /** Sends the last part: together with the end, so that the journal is complete when the client is. */
  finish(part: Buffer): void {
    this.entry.bytes += part.length;
    this.response.end(part);
  }

  async send(answer: Answer): Promise<void> {
    this.head(answer, answer.stream === undefined ? answer.body.length : answer.stream.length);
    if (answer.stream === undefined) this.finish(answer.body);
    else await this.stream(answer.stream);
  }

  /** Part after part, as fast as the connection takes them. */
  async stream({ parts }: StreamedBody): Promise<void> {
    let last: Buffer | undefined;
    for await (const part of parts()) {
      if (last !== undefined) await this.write(last);
      if (this.response.closed) return;
      last = part;
    }
    this.finish(last ?? Buffer.alloc(0));
  }

  /** Ends the connection as a fault; `reset` sends RST, so that the client may lose what it had not read yet. */
  disconnect(how: 'close' | 'reset'): void {
    this.cut = true;
    const { socket } = this.response;
    if (how === 'reset') socket?.resetAndDestroy();
    else socket?.destroy();
  }

  private closed(): void {
    const { entry, response } = this;
    entry.answeredAt = Date.now();
    if (response.writableFinished) entry.outcome = 'completed';
    else entry.outcome = this.cut ? 'cut' : 'aborted';
    this.leaving?.abort();
    this.unblock?.();
  }
}

/**
 * Answers one request. `make` is called after every wait, so that a held or slow answer shows the records as they are
 * when it is sent. Without faults and latency nothing is awaited: benchmarks measure the client, not this.
 */
export async function answer(
  exchange: Exchange,
  board: FaultBoard,
  latencyMs: number,
  make: () => Answer,
): Promise<void> {
  const faults = board.firing(exchange.entry);
  if (latencyMs > 0) await exchange.pause(latencyMs);
  for (const fault of faults) await fault.wait?.(exchange);
  if (exchange.response.closed) return;
  let made = make();
  for (const fault of faults) made = fault.change?.(made, exchange) ?? made;
  for (const fault of faults) made = fault.encode?.(made, exchange) ?? made;
  made.took?.(exchange.entry);
  const sender = faults.findLast((fault) => fault.send !== undefined);
  if (sender?.send === undefined) await exchange.send(made);
  else await sender.send(made, exchange);
}
