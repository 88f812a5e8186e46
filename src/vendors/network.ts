const sentences: Record<string, string> = {
  ENOTFOUND: 'the host name is not known. Check `baseUrl` for a typing mistake, and the network.',
  EAI_AGAIN: 'the host name could not be looked up. Check the network.',
  ECONNREFUSED: 'nothing listens at that address. Check host and port of `baseUrl`.',
  ECONNRESET: 'the connection was cut.',
  EPIPE: 'the connection was cut.',
  UND_ERR_ABORTED: 'the proxy did not let the connection through.',
  UND_ERR_SOCKET: 'the connection was cut.',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within 10 s. Check `baseUrl`, and that a firewall or proxy lets it through.',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time.',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle.',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was shorter or longer than announced.',
  EHOSTUNREACH: 'the host cannot be reached from here.',
  ENETUNREACH: 'the network cannot be reached from here.',
  CERT_HAS_EXPIRED: "the server's TLS certificate has expired.",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's TLS certificate is for another host name. Check `baseUrl`.",
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority(),
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority(),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority(),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority(),
};

function unknownAuthority(): string {
  return "the server's TLS certificate is from an authority that is not known here. Set NODE_EXTRA_CA_CERTS to the file with your company's certificate authority.";
}

interface How {
  timedOutMs: number | null;
  mayUseProxy: boolean;
  /** False where the address came from the vendor, so that no setting can be to blame. */
  configured?: boolean;
}

/** Why no usable answer came, in words; never the vendor's. */
export function networkSentence(error: unknown, how: How): string {
  const told = reason(error, how.timedOutMs);
  const why = how.configured === false ? withoutBaseUrl(told) : told;
  return how.mayUseProxy ? `${why} Check also the proxy in HTTPS_PROXY or HTTP_PROXY, and NO_PROXY.` : why;
}

function withoutBaseUrl(text: string): string {
  const sentences = text.split(/(?<=\.) /);
  return sentences.filter((sentence) => !sentence.includes('`baseUrl`')).join(' ');
}

function reason(error: unknown, timedOutMs: number | null): string {
  if (timedOutMs !== null) return `no complete answer within ${timedOutMs / 1000} s.`;
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return 'what answers there does not speak HTTP. Check `baseUrl`: its port, and http:// or https://.';
  }
  const code = networkCode(error);
  if (code === null) return 'the request failed.';
  if (/^(ERR_SSL|EPROTO)/.test(code)) {
    return 'the TLS handshake failed. Check that `baseUrl` begins with the right one of http:// and https://.';
  }
  return sentences[code] ?? `the request failed (${code}).`;
}

function networkCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError && error.errors.length > 0) return networkCode(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? null : networkCode(error.cause);
}
