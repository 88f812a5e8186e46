/** An answer before it is sent. Faults change it or take over the sending. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export function jsonAnswer(status: number, body: Buffer | string): Answer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return { status, headers: { 'content-type': 'application/json' }, body: bytes };
}
