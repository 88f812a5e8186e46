/** What the demo's connection points at: its sandbox answers the same on whatever port was free at this start. */
const demoSandbox = 'the sandbox of the demo';

interface Place {
  baseUrl: string;
  /** All companies at Vibes are reached at one address: this tells them apart. */
  companyKey?: string;
}

/**
 * Where a connection's records come from, always the same text for the same place: scheme, host, port where it is not the
 * scheme's own, base path without a slash at its end, and the company where the vendor has one.
 */
export function pointsAt({ baseUrl, companyKey }: Place, demo: boolean): string {
  const { protocol, hostname, port, pathname } = new URL(baseUrl);
  if (demo && hostname === '127.0.0.1') return demoSandbox;
  const company = companyKey === undefined ? '' : `/companies/${companyKey}`;
  const host = `${hostname.replace(/\.$/, '')}${port === '' ? '' : `:${port}`}`;
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}${company}`;
}
