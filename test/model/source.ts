import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Change, type ModelStream, modelStreams } from './scenario.ts';

type Records = Map<string, string>;

/** What was true of one stream while a run went on. */
export interface Watched {
  /** Ids that were in the source all the time. */
  always: Set<string>;
  /** Every text that a record had; a record that was never there has none. */
  texts: Map<string, Set<string>>;
  changed: boolean;
}

/** Changes the sandbox's records and remembers what they were: the model that the tables are compared with. */
export class Source {
  readonly #sandbox: Sandbox;
  #watched = new Map<ModelStream, Watched>();
  #gone = new Map<ModelStream, string[]>(modelStreams.map((stream) => [stream, []]));
  #newId = 1_000_000;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  records(stream: ModelStream): Records {
    return new Map([...this.#sandbox.records('incentify', stream)].map(({ id, text }) => [id ?? '', text]));
  }

  change(change: Change): void {
    const { stream } = change;
    const before = this.records(stream);
    this.#make(change, [...before]);
    this.#note(stream);
  }

  /** From now on. */
  watch(): void {
    this.#watched = new Map(
      modelStreams.map((stream) => {
        const records = this.records(stream);
        const texts = new Map([...records].map(([id, text]) => [id, new Set([text])]));
        return [stream, { always: new Set(records.keys()), texts, changed: false }];
      }),
    );
  }

  watched(stream: ModelStream): Watched {
    return this.#watched.get(stream) ?? { always: new Set(), texts: new Map(), changed: false };
  }

  #make(change: Change, records: [string, string][]): void {
    const edit = (...edits: Parameters<Sandbox['edit']>[2][]) =>
      this.#sandbox.edit('incentify', change.stream, ...edits);
    if (change.kind === 'reorder') {
      edit({ op: 'reorder', order: 'shuffle', seed: change.seed });
      return;
    }
    const at = Math.floor(change.place * records.length);
    const [id, text] = records[at] ?? [];
    const gone = this.#gone.get(change.stream) ?? [];
    switch (change.kind) {
      case 'insert': {
        const like = text ?? gone.at(-1);
        this.#newId += 1;
        if (like !== undefined) edit({ op: 'insert', at, text: like.replace(/^\{"id":\d+/, `{"id":${this.#newId}`) });
        return;
      }
      case 'return': {
        const back = gone.pop();
        if (back !== undefined) edit({ op: 'insert', at, text: back });
        return;
      }
      case 'delete':
        if (id === undefined || text === undefined) return;
        gone.push(text);
        edit({ op: 'delete', id });
        return;
      case 'update':
        if (id !== undefined) edit({ op: 'update', id, set: { status: change.title } });
    }
  }

  #note(stream: ModelStream): void {
    const watched = this.#watched.get(stream);
    if (watched === undefined) return;
    const records = this.records(stream);
    watched.changed = true;
    for (const id of watched.always) if (!records.has(id)) watched.always.delete(id);
    for (const [id, text] of records) {
      const known = watched.texts.get(id);
      if (known === undefined) watched.texts.set(id, new Set([text]));
      else known.add(text);
    }
  }
}
