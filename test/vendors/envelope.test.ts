import { describe, expect, it } from 'vitest';
import { AuthenticationError, type SyncError, VendorContractError, VendorUnavailableError } from '../../src/errors.ts';
import { readListPage } from '../../src/vendors/incentify/envelope.ts';

const place = 'Incentify (GET https://api.example.com/credits?page=2)';
const read = (text: string) => readListPage(Buffer.from(text), place);

function refusal(text: string): SyncError {
  try {
    read(text);
  } catch (error) {
    return error as SyncError;
  }
  throw new Error('was taken');
}

const documented = (changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    code: 200,
    success: 1,
    data: [{ id: 1 }, { id: 2 }],
    errors: [],
    meta: { current_page: 2, from: 51, last_page: 3, path: 'x', per_page: 50, to: 100, total: 120 },
    links: { first: 'a', last: 'b', prev: 'c', next: 'https://api.example.com/credits?page=3' },
    ...changes,
  });

describe('a list answer', () => {
  it('as documented', () => {
    expect(read(documented())).toMatchObject({
      lastPage: 3,
      total: 120,
      next: 'https://api.example.com/credits?page=3',
      records: [{ id: '1' }, { id: '2' }],
    });
  });

  it.each([
    ['errors as a list', { errors: [] }],
    ['errors as an object', { errors: {} }],
    ['no errors', { errors: undefined }],
    ['success as true', { success: true }],
    ['no success and no code', { success: undefined, code: undefined }],
    ['unknown keys', { meta: { last_page: 3, total: 120, links: [{ url: null }] }, extra: { data: [{ id: 9 }] } }],
    ['an empty page', { data: [], meta: { last_page: 3, total: 120, from: null, to: null, current_page: 9 } }],
  ])('with %s is taken', (_name, changes) => {
    expect(read(documented(changes))).toMatchObject({ lastPage: 3, total: 120 });
  });

  it.each([
    ['null', { links: { next: null } }],
    ['empty', { links: { next: '' } }],
    ['missing', { links: {} }],
    ['in missing links', { links: undefined }],
    ['in null links', { links: null }],
  ])('whose next is %s is the last', (_name, changes) => {
    expect(read(documented(changes)).next).toBeNull();
  });

  it('that does not say how many there are leaves that open, instead of guessing', () => {
    expect(read(documented({ meta: undefined }))).toMatchObject({ lastPage: null, total: null });
    expect(read(documented({ meta: { last_page: null } }))).toMatchObject({ lastPage: null, total: null });
  });

  it.each([
    ['success 0', documented({ success: 0 }), '`success: 0`'],
    ['success false', documented({ success: false }), '`success: 0`'],
    ['a web page', '<!doctype html><title>Login</title>', 'an HTML page'],
    ['a web page after blanks', '\n\n  <html>', 'an HTML page'],
    ['a list', '[1]', 'no JSON object'],
    ['nothing', '', 'no JSON object'],
    ['no list', documented({ data: undefined }), 'no list under `data`'],
    ['an object for the list', documented({ data: { 0: { id: 1 } } }), 'no list under `data`'],
    ['a page number that is text', documented({ meta: { last_page: 'three' } }), 'not as documented'],
    ['a total below zero', documented({ meta: { total: -1 } }), 'not as documented'],
    ['a next that is a number', documented({ links: { next: 3 } }), 'not as documented'],
    ['two documents', `${documented()}${documented()}`, 'not JSON (at byte'],
    ['a broken envelope', documented().replace('"meta":', '"meta":nothing,"x":'), 'not JSON'],
  ])('with %s breaks the contract, told with the place', (_name, text, words) => {
    const error = refusal(text);
    expect(error).toBeInstanceOf(VendorContractError);
    expect(error.message).toContain(place);
    expect(error.message).toContain(words);
  });

  it('that is cut is no contract broken: a later try may bring it whole', () => {
    const text = documented();
    for (const length of [1, 20, 40, text.length - 1]) {
      expect(refusal(text.slice(0, length)), String(length)).toBeInstanceOf(VendorUnavailableError);
    }
  });

  it.each([401, 403])('with code %i inside of HTTP 200 is a refused key', (code) => {
    const error = refusal(documented({ code, success: 0, data: [] }));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toMatch(/does not accept the key/);
  });

  it('never lends its own words to an error', () => {
    const secret = 'ACME Holding, ceo@example.com';
    const texts = [documented({ success: 0, errors: { message: secret } }), `{"code":${secret}`, `<p>${secret}`];
    for (const text of texts) expect(refusal(text).message).not.toContain('ACME');
  });
});
