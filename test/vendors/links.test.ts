import { describe, expect, it } from 'vitest';
import { nextQuery, pageNumber, pageQuery, sameQuery } from '../../src/vendors/incentify/next-link.ts';

const requested = new URL('https://api.example.com/v1/credits?page=2');
const next = (link: string) => nextQuery(link, requested, 'Incentify (GET …)');

describe('links.next', () => {
  it.each([
    ['absolute', 'https://api.example.com/v1/credits?page=3', 'page=3'],
    ['path only', '/v1/credits?page=3', 'page=3'],
    ['query only', '?page=3', 'page=3'],
    ['another scheme', 'http://api.example.com/v1/credits?page=3', 'page=3'],
    ['another port, as behind a proxy', 'https://api.example.com:8443/v1/credits?page=3', 'page=3'],
    ['another base path', 'https://api.example.com/internal/v9/credits?page=3', 'page=3'],
    ['the host in capitals', 'https://API.example.com/v1/credits?page=3', 'page=3'],
    ['without a scheme', '//api.example.com/v1/credits?page=3', 'page=3'],
    ['more parameters', '/v1/credits?per_page=50&page=3&sort=a%20b', 'per_page=50&page=3&sort=a%20b'],
    ['a cursor', '/v1/credits?cursor=eyJpZCI6MX0%3D', 'cursor=eyJpZCI6MX0%3D'],
    ['a fragment', '/v1/credits?page=3#top', 'page=3'],
  ])('%s: only its query is kept', (_name, link, query) => {
    expect(next(link)).toBe(query);
  });

  it.each([
    'https://evil.example.net/v1/credits?page=3',
    '//evil.example.net/v1/credits?page=3',
    'https://api.example.com.evil.net/?page=3',
    'https://api.example.com@evil.net/?page=3',
    'ftp://elsewhere.example/x?page=3',
  ])('to another host is refused, with the host named and nothing sent there: %s', (link) => {
    expect(() => next(link)).toThrow(/to another host \(.+\)\. Nothing was sent there\. .*`baseUrl`/);
  });

  it.each(['https://', 'http://[::1?page=3'])('that is no URL is refused: %s', (link) => {
    expect(() => next(link)).toThrow(/no URL/);
  });

  it.each(['https://api.example.com/v1/credits', '/v1/credits?', 'javascript:alert(1)'])(
    'that asks for nothing, or that nobody could ask, is refused: %s',
    (link) => {
      expect(() => next(link)).toThrow(/links\.next/);
    },
  );
});

describe('queries', () => {
  it('keep what the vendor added when a page is guessed', () => {
    expect(pageQuery(4, 'per_page=50&page=3&x=1')).toBe('per_page=50&page=4&x=1');
    expect(pageQuery(1, '')).toBe('page=1');
  });

  it('are the same in any order of their parameters', () => {
    expect(sameQuery('a=1&page=2', 'page=2&a=1')).toBe(true);
    expect(sameQuery('a=%20', 'a=+')).toBe(true);
    expect(sameQuery('page=2', 'page=3')).toBe(false);
    expect(sameQuery('page=2', 'page=2&a=1')).toBe(false);
  });

  it('have a page number only where it is one', () => {
    expect(pageNumber('a=1&page=12')).toBe(12);
    for (const query of ['', 'cursor=1', 'page=', 'page=x', 'page=-1', 'page=1e3', 'page=99999999999']) {
      expect(pageNumber(query), query).toBeNull();
    }
  });
});
