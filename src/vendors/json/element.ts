/** Finds the end of one JSON value that may arrive in several chunks, trusting only brackets, strings and commas. */

import { backslash, closeBrace, closeBracket, comma, isSpace, openBrace, quote } from './bytes.ts';

/** 1 where a string's text pauses for a look: at its closing quote and at an escape. */
const endsText = new Uint8Array(256);
endsText[quote] = 1;
endsText[backslash] = 1;

/**
 * One value, from its first byte on. `scan` is called chunk after chunk until it gives an index: the first byte after the
 * value. A byte loop: native searches cost more than they save for the short strings that exports consist of.
 */
export class ElementScan {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The value is a number or a word: it ends where something else begins. */
  #bare = false;

  start(first: number): void {
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#bare = first !== quote && (first | 0x20) !== openBrace;
  }

  /** The index in `chunk` right after the value, or -1 where the chunk ends before it. */
  scan(chunk: Uint8Array, from: number): number {
    if (this.#bare) return bareEnd(chunk, from);
    const { length } = chunk;
    let at = from;
    let depth = this.#depth;
    let inString = this.#inString;
    if (this.#escaped && at < length) {
      this.#escaped = false;
      at++;
    }
    for (;;) {
      if (inString) {
        while (at < length && endsText[chunk[at] ?? 0] === 0) at++;
        if (at >= length) break;
        if (chunk[at] !== quote) {
          at += 2;
          continue;
        }
        inString = false;
        at++;
        if (depth === 0) return at;
      }
      if (at >= length) break;
      const byte = chunk[at++] ?? 0;
      if (byte === quote) inString = true;
      else if (byte > 0x5a) {
        // The two kinds of bracket differ in one bit only, and JSON.parse tells whether they match.
        const kind = byte | 0x20;
        if (kind === openBrace) depth++;
        else if (kind === closeBrace && --depth === 0) return at;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = at > length;
    return -1;
  }
}

function bareEnd(chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at] ?? 0;
    if (byte === comma || byte === closeBracket || byte === closeBrace || isSpace(byte)) return at;
  }
  return -1;
}
