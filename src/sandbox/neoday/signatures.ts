/**
 * Tokens and download URLs that need no memory: each says until when it is good and carries a signature over that. A
 * sandbox that was started again knows those of the one before.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

export type Standing = 'good' | 'expired' | 'wrong';

export class Signatures {
  private readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  /** Looks like a JSON Web Token, as the vendor's does. */
  token(clientId: string, seconds: number): string {
    const claims = { aud: clientId, jti: randomUUID(), exp: Date.now() / 1000 + seconds };
    const signed = `${encoded({ typ: 'JWT', alg: 'HS256' })}.${encoded(claims)}`;
    return `${signed}.${this.sign(signed)}`;
  }

  tokenStanding(token: string): Standing {
    const [head = '', claims = '', signature = ''] = token.split('.');
    if (!same(signature, this.sign(`${head}.${claims}`))) return 'wrong';
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number };
    return Date.now() / 1000 < exp ? 'good' : 'expired';
  }

  /** Query of a download URL in the form of an S3 store; never twice the same. */
  query(path: string, seconds: number): string {
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `SANDBOX/${randomUUID()}/s3/aws4_request`,
      'X-Amz-Date': new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ''),
      'X-Amz-Expires': String(seconds),
      'X-Amz-SignedHeaders': 'host',
    });
    return `${query}&X-Amz-Signature=${this.sign(`${path}?${query}`, 'hex')}`;
  }

  queryStanding(path: string, query: URLSearchParams): Standing {
    const signature = query.get('X-Amz-Signature') ?? '';
    const signed = new URLSearchParams(query);
    signed.delete('X-Amz-Signature');
    if (!same(signature, this.sign(`${path}?${signed}`, 'hex'))) return 'wrong';
    return ageOf(query) < Number(query.get('X-Amz-Expires')) ? 'good' : 'expired';
  }

  private sign(text: string, as: 'hex' | 'base64url' = 'base64url'): string {
    return createHmac('sha256', this.key).update(text).digest(as);
  }
}

/** Seconds since a download URL was made. */
export function ageOf(query: URLSearchParams): number {
  const written = query.get('X-Amz-Date') ?? '';
  const iso = written.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return (Date.now() - Date.parse(iso)) / 1000;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
