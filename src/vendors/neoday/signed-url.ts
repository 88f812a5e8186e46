import { inspect } from 'node:util';

const shown = '[signed URL]';

/** Address of a file with the right to read it: a credential, so nothing that prints or serialises it shows any of it. */
export class SignedUrl {
  readonly #url: URL;

  constructor(url: URL) {
    this.#url = url;
  }

  /** For the request alone. */
  reveal(): URL {
    return new URL(this.#url);
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
