import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressKind, addressKind } from './addresses.ts';

/** A connection was about to go, or went, to an address that it may not go to. Nothing was sent. */
export class ForbiddenAddressError extends Error {
  readonly code = 'ERR_FORBIDDEN_ADDRESS';
}

export type Allowed = (kind: AddressKind) => boolean;

/** Answers like `dns.lookup`; another one only in tests. */
export type Lookup = LookupFunction;

/** How Node's `dns.lookup` is asked by sockets. */
export const defaultLookup: Lookup = (hostname, options, callback) => systemLookup(hostname, options, callback);

/**
 * Connects to allowed addresses only. Looked at is what a name leads to at the moment of connecting, and once more the
 * address that the socket really has: an answer that changes in between (DNS rebinding) gains nothing.
 */
export function guardedConnector(
  options: buildConnector.BuildOptions,
  allowed: Allowed,
  lookup: Lookup,
): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: guardedLookup(lookup, allowed) });
  return (to, callback) => {
    const host = bareHost(to.hostname);
    if (isIP(host) !== 0 && !allowed(addressKind(host))) {
      callback(new ForbiddenAddressError(), null);
      return;
    }
    connect(to, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if (allowed(addressKind(socket.remoteAddress ?? ''))) return callback(null, socket);
      socket.destroy();
      return callback(new ForbiddenAddressError(), null);
    });
  };
}

/** A name with one forbidden address among several is refused as a whole: which is taken would be left to chance. */
function guardedLookup(lookup: Lookup, allowed: Allowed): Lookup {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      if (error !== null) return callback(error, address, family);
      const addresses = typeof address === 'string' ? [address] : address.map((one) => one.address);
      if (addresses.every((one) => allowed(addressKind(one)))) return callback(null, address, family);
      return callback(new ForbiddenAddressError(), '', 0);
    });
  };
}

/** What kinds of address a host has: of a name those it is looked up as, none where it is not known here. */
export async function kindsOf(hostname: string, lookup: Lookup): Promise<AddressKind[]> {
  const host = bareHost(hostname);
  if (isIP(host) !== 0) return [addressKind(host)];
  return await new Promise((resolve) => {
    lookup(host, { all: true }, (error, address) => {
      if (error !== null) return resolve([]);
      const addresses = typeof address === 'string' ? [address] : address.map((one) => one.address);
      return resolve([...new Set(addresses.map(addressKind))]);
    });
  });
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
