import type { Dispatcher } from 'undici';
import { VendorContractError } from '../../errors.ts';
import type { AddressKind } from '../addresses.ts';
import { mayUseProxy, openDirect, type ProxySettings } from '../dispatcher.ts';
import { guardedConnector, kindsOf, type Lookup } from '../guard.ts';

export interface TargetOptions {
  base: URL;
  proxy: ProxySettings;
  silenceMs: number;
  lookup: Lookup;
}

/** What a download may reach: `open` where the gateway itself is on this machine or in a private network. */
type Reach = 'strict' | 'open';

/**
 * Where files may be read from. A URL comes from outside, so it is held to https and public addresses, unless the gateway
 * is in a private network itself. Checked is the address that is connected to. Through a proxy that is the proxy's, which
 * looks names up on its own: then a name is checked by what it means here, and one unknown here is left to the proxy.
 */
export class Targets {
  readonly #options: TargetOptions;
  readonly #dispatchers = new Map<string, Dispatcher>();

  constructor(options: TargetOptions) {
    this.#options = options;
  }

  async reach(): Promise<Reach> {
    const { base, lookup } = this.#options;
    const kinds = await kindsOf(base.hostname, lookup);
    return kinds.length > 0 && kinds.every((kind) => kind === 'private') ? 'open' : 'strict';
  }

  /** What to send a request to `url` with. @throws VendorContractError where it may not be sent. */
  async dispatcher(url: URL, reach: Reach, place: string): Promise<Dispatcher> {
    if (url.protocol !== 'https:' && (url.protocol !== 'http:' || reach === 'strict')) {
      throw new VendorContractError(`${place}: the file is offered without encryption, which is refused.`);
    }
    const { proxy, lookup } = this.#options;
    const proxied = mayUseProxy(url, proxy);
    if (proxied && !(await kindsOf(url.hostname, lookup)).every(isAllowed[reach])) throw forbidden(place);
    return this.#kept(reach, proxied);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
  }

  #kept(reach: Reach, proxied: boolean): Dispatcher {
    const key = `${reach} ${proxied}`;
    const { proxy, silenceMs, lookup } = this.#options;
    // One stream a connection: with HTTP/2 several downloads would share one connection's window.
    const connect = guardedConnector({ timeout: 10_000, allowH2: false }, isAllowed[reach], lookup);
    const kept = this.#dispatchers.get(key) ?? openDirect({ connect, silenceMs }, proxied ? proxy : undefined);
    this.#dispatchers.set(key, kept);
    return kept;
  }
}

const isAllowed: Record<Reach, (kind: AddressKind) => boolean> = {
  strict: (kind) => kind === 'public',
  open: (kind) => kind !== 'never',
};

export function forbidden(place: string): VendorContractError {
  return new VendorContractError(
    `${place}: the file is offered at an address in a private network or on this machine, which is refused unless \`baseUrl\` is there too.`,
  );
}
