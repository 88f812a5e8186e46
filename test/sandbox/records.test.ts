import { describe, expect, it } from 'vitest';
import { admin, get, sandboxWith } from './help.ts';

/** Texts that do not survive a parse, or that PostgreSQL or a mapping chokes on. */
const hostile = {
  'an id above 2^53': '{"id":9007199254740993,"title":"x"}',
  'money with 17 digits': '{"id":1,"amount":12345678901234567.89}',
  'a NUL': '{"id":1,"notes":"a\\u0000b"}',
  'a lone surrogate': '{"id":1,"notes":"\\ud83d"}',
  'a number no type holds': '{"id":1,"amount":1e200000}',
  'no id': '{"title":"nobody"}',
  'text where a number belongs': '{"id":"seven","credits":{"item_count":"many"}}',
  'blanks and a repeated key': '{ "id" : 1,\n\t"id":2 }',
  'no JSON at all': '{"id":1,',
  'the envelope’s own words in a note': '{"id":1,"notes":"],\\"errors\\":[],\\"meta\\":"}',
};

describe('a raw record', () => {
  it.each(Object.entries(hostile))('with %s is sent to the byte', async (_name, text) => {
    const sandbox = await sandboxWith();
    sandbox.edit('incentify', 'projects', { op: 'put', id: 903, text });
    const { text: body } = await get(`${sandbox.incentify.baseUrl}/projects`);
    const [first, , third] = [...sandbox.records('incentify', 'projects')].map((record) => record.text);
    expect(body.startsWith(`{"code":200,"success":1,"data":[${first},${text},${third},`)).toBe(true);
  });

  it('may have 10 MB of notes', async () => {
    const sandbox = await sandboxWith();
    const text = `{"id":1,"notes":"${'n'.repeat(10_000_000)}é"}`;
    await admin(sandbox, 'POST', '/records/incentify/projects', { op: 'insert', at: 0, text });
    const { text: body } = await get(`${sandbox.incentify.baseUrl}/projects`);
    expect(body.includes(`[${text},{"id":901,`)).toBe(true);
  });

  it('is known by the digits of its id', async () => {
    const sandbox = await sandboxWith();
    for (const text of Object.values(hostile).slice(0, 7)) {
      sandbox.edit('incentify', 'projects', { op: 'insert', text });
    }
    const ids = [...sandbox.records('incentify', 'projects')].slice(60).map(({ id }) => id);
    expect(ids).toEqual(['9007199254740993', '1', '1', '1', '1', null, 'seven']);
    sandbox.edit('incentify', 'projects', { op: 'delete', id: '9007199254740993' });
    expect([...sandbox.records('incentify', 'projects')]).toHaveLength(66);
  });
});

describe('edits', () => {
  it('insert, delete and update change what pages and totals say, at once', async () => {
    const sandbox = await sandboxWith();
    const url = `${sandbox.incentify.baseUrl}/projects`;
    const before = (await get(url)).json;
    const answer = await admin(sandbox, 'POST', '/records/incentify/projects', [
      { op: 'insert', at: 0, text: '{"id":1}' },
      { op: 'delete', id: 903 },
      { op: 'delete', at: 0 },
      { op: 'update', id: 905, set: { status: 'Changed', extra: null } },
    ]);
    expect(answer).toEqual({ status: 200, json: { edits: 4 } });
    const { json } = await get(url);
    expect(json.meta.total).toBe(59);
    expect(json.data[0]).toEqual(before.data[0]);
    expect(json.data[1]).toEqual({ ...before.data[2], status: 'Changed', extra: null });
  });

  it('update keeps the digits of the fields it does not set', async () => {
    const sandbox = await sandboxWith();
    sandbox.edit(
      'incentify',
      'projects',
      { op: 'put', at: 0, text: '{"id":9007199254740993,"deep":[{"amount":12345678901234567.890}],"title":"old"}' },
      { op: 'update', id: '9007199254740993', set: { title: 'new' } },
    );
    const [first] = sandbox.records('incentify', 'projects');
    expect(first?.text).toBe('{"id":9007199254740993,"deep":[{"amount":12345678901234567.890}],"title":"new"}');
  });

  it('reorder changes the order and nothing else', async () => {
    const sandbox = await sandboxWith();
    const ids = () => [...sandbox.records('incentify', 'credits')].map(({ id }) => id);
    const before = ids();
    sandbox.edit('incentify', 'credits', { op: 'reorder', order: 'reverse' });
    expect(ids()).toEqual(before.toReversed());
    sandbox.edit('incentify', 'credits', { op: 'reorder', order: 'shuffle', seed: 3 });
    expect(ids()).not.toEqual(before);
    expect(ids().toSorted()).toEqual(before.toSorted());
  });

  it('of a record or stream that is not there are refused in words', async () => {
    const sandbox = await sandboxWith();
    const edit = (stream: string, body: unknown) => admin(sandbox, 'POST', `/records/incentify/${stream}`, body);
    expect(await edit('projects', { op: 'delete', id: 5 })).toEqual({
      status: 404,
      json: { message: 'There is no record with id 5.' },
    });
    expect(await edit('projects', { op: 'delete', at: 60 })).toMatchObject({ status: 404 });
    expect(await edit('project', { op: 'delete', at: 0 })).toMatchObject({ status: 404 });
    expect(await edit('projects', { op: 'remove', at: 0 })).toMatchObject({ status: 400 });
  });

  it('are forgotten by a reset, with faults and journal', async () => {
    const sandbox = await sandboxWith();
    const before = [...sandbox.records('incentify', 'projects')];
    sandbox.edit('incentify', 'projects', { op: 'delete', at: 0 });
    sandbox.setFaults([{ kind: 'html' }]);
    await get(`${sandbox.incentify.baseUrl}/projects`);
    const { json } = await admin(sandbox, 'POST', '/reset');
    expect(json).toMatchObject({
      faults: [],
      journal: { entries: 0 },
      systems: { incentify: { streams: { projects: 60 } } },
    });
    expect([...sandbox.records('incentify', 'projects')]).toEqual(before);
    expect((await get(`${sandbox.incentify.baseUrl}/projects`)).json.meta.total).toBe(60);
  });
});

describe('the export of a stream', () => {
  it('is one JSON array of ids and raw texts, in the order of the pages', async () => {
    const sandbox = await sandboxWith({ incentify: { sizes: { utilizations: 1203 } } });
    sandbox.edit('incentify', 'utilizations', { op: 'put', at: 7, text: hostile['a lone surrogate'] });
    const { json } = await admin(sandbox, 'GET', '/records/incentify/utilizations');
    expect(json).toEqual([...sandbox.records('incentify', 'utilizations')]);
    expect(json).toHaveLength(1203);
    const page = await get(`${sandbox.incentify.baseUrl}/utilizations?page=25`);
    expect(page.json.data).toEqual((json as { text: string }[]).slice(1200).map(({ text }) => JSON.parse(text)));
  });

  it('of an empty stream is an empty array', async () => {
    const sandbox = await sandboxWith({ incentify: { sizes: { projects: 0, credits: 0, utilizations: 0 } } });
    expect((await admin(sandbox, 'GET', '/records/incentify/projects')).json).toEqual([]);
  });
});
