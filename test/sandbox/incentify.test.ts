import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { get, sandboxWith } from './help.ts';

describe('envelope', () => {
  it('has the documented keys and places, 50 records a page', async () => {
    const { url, incentify } = await sandboxWith();
    const { status, headers, json, bytes } = await get(`${incentify.baseUrl}/utilizations?page=2`);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['content-length']).toBe(String(bytes.length));
    expect(Object.keys(json)).toEqual(['code', 'success', 'data', 'errors', 'meta', 'links']);
    expect(json).toMatchObject({ code: 200, success: 1, errors: [] });
    expect(json.data).toHaveLength(50);
    const path = `${url}/incentify/utilizations`;
    expect(json.meta).toEqual({ current_page: 2, from: 51, last_page: 6, path, per_page: 50, to: 100, total: 260 });
    expect(json.links).toEqual({
      first: `${path}?page=1`,
      last: `${path}?page=6`,
      prev: `${path}?page=1`,
      next: `${path}?page=3`,
    });
  });

  it('is page 1 where none is asked for', async () => {
    const { incentify } = await sandboxWith();
    const [bare, first] = await Promise.all([
      get(`${incentify.baseUrl}/credits`),
      get(`${incentify.baseUrl}/credits?page=1`),
    ]);
    expect(bare.json.meta.current_page).toBe(1);
    expect(bare.text).toBe(first.text);
  });

  it('is empty beyond the last page, with from and to null', async () => {
    const { incentify } = await sandboxWith();
    const { status, json } = await get(`${incentify.baseUrl}/projects?page=9`);
    expect(status).toBe(200);
    expect(json.data).toEqual([]);
    expect(json.meta).toMatchObject({ current_page: 9, from: null, to: null, last_page: 2, total: 60 });
    expect(json.links.next).toBeNull();
  });

  it('is one empty page for a stream without records', async () => {
    const { incentify } = await sandboxWith({ incentify: { sizes: { projects: 0, credits: 0, utilizations: 0 } } });
    const { json } = await get(`${incentify.baseUrl}/projects`);
    expect(json.meta).toMatchObject({ last_page: 1, total: 0, from: null, to: null });
    expect(json.links).toMatchObject({ prev: null, next: null });
  });

  it.each(['0', '-1', 'two', '1.5', '', '1e3'])('refuses page=%s with 422 and success 0', async (page) => {
    const { incentify } = await sandboxWith();
    const { status, json } = await get(`${incentify.baseUrl}/projects?page=${page}`);
    expect(status).toBe(422);
    expect(json).toMatchObject({ code: 422, success: 0, data: [] });
    expect(json.errors.message).toContain('page');
  });

  it('answers an unknown path with 404 in the envelope', async () => {
    const { incentify } = await sandboxWith();
    const { status, json } = await get(`${incentify.baseUrl}/project`);
    expect(status).toBe(404);
    expect(json).toMatchObject({ code: 404, success: 0 });
  });
});

describe('links', () => {
  const nextOf = async (links: 'absolute' | 'relative' | 'other-scheme' | 'other-base-path') => {
    const { url, incentify } = await sandboxWith({ incentify: { links } });
    const { json } = await get(`${incentify.baseUrl}/projects`);
    return { next: json.links.next, url };
  };

  it('are absolute', async () => {
    const { next, url } = await nextOf('absolute');
    expect(next).toBe(`${url}/incentify/projects?page=2`);
  });

  it('are relative', async () => {
    expect((await nextOf('relative')).next).toBe('/incentify/projects?page=2');
  });

  it('have another scheme', async () => {
    const { next, url } = await nextOf('other-scheme');
    expect(next).toBe(`${url.replace('http:', 'https:')}/incentify/projects?page=2`);
  });

  it('have another base path', async () => {
    const { next, url } = await nextOf('other-base-path');
    expect(next).toBe(`${url}/internal/v9/projects?page=2`);
  });

  it('name the host by which the client came', async () => {
    const { incentify } = await sandboxWith();
    const here = incentify.baseUrl.replace('127.0.0.1', 'localhost');
    for (const base of [incentify.baseUrl, here, incentify.baseUrl]) {
      expect((await get(`${base}/projects`)).json.links.next).toBe(`${base}/projects?page=2`);
    }
  });

  it.each([
    ['null', { next: null }],
    ['empty', { next: '' }],
    ['missing', {}],
  ] as const)('end with next %s', async (end, expected) => {
    const { incentify } = await sandboxWith({ incentify: { end } });
    const { json } = await get(`${incentify.baseUrl}/projects?page=2`);
    const { first: _first, last: _last, prev: _prev, ...rest } = json.links;
    expect(rest).toEqual(expected);
  });

  it('lie under the base path that was asked for, also at the root', async () => {
    const { url, incentify } = await sandboxWith({ incentify: { basePath: '' } });
    expect(incentify.baseUrl).toBe(url);
    expect((await get(`${url}/projects`)).json.links.next).toBe(`${url}/projects?page=2`);
  });
});

describe('key', () => {
  it.each([401, 403] as const)('missing or wrong is answered %i in the envelope', async (badKeyStatus) => {
    const { incentify } = await sandboxWith({ incentify: { badKeyStatus, apiKey: 'right' } });
    for (const headers of [{}, { 'x-api-key': 'sandbox-key' }]) {
      const { status, json } = await get(`${incentify.baseUrl}/projects`, headers as Record<string, string>);
      expect(status).toBe(badKeyStatus);
      expect(json).toMatchObject({ code: badKeyStatus, success: 0, data: [] });
    }
    expect((await get(`${incentify.baseUrl}/projects`, { 'x-api-key': 'right' })).status).toBe(200);
  });
});

describe('records', () => {
  it('are the same for the same seed and sizes, and others for another seed', async () => {
    const texts = async (seed: number) => {
      const sandbox = await sandboxWith({ incentify: { seed } });
      return ['projects', 'credits', 'utilizations', 'incentive_programs'].map((stream) =>
        [...sandbox.records('incentify', stream)].map(({ text }) => text),
      );
    };
    const [first, again, other] = [await texts(7), await texts(7), await texts(8)];
    expect(again).toEqual(first);
    expect(other.map((list) => list.length)).toEqual([60, 120, 260, 3]);
    for (const [index, list] of other.entries()) expect(list).not.toEqual(first[index]);
  });

  it('belong to records that are there, and parents count their children', async () => {
    const sandbox = await sandboxWith();
    const [projects, credits, utilizations] = ['projects', 'credits', 'utilizations'].map((stream) =>
      [...sandbox.records('incentify', stream)].map(({ text }) => JSON.parse(text)),
    ) as [Row[], Row[], Row[]];
    const projectsById = new Map(projects.map((project) => [project.id, project]));
    const creditsById = new Map(credits.map((credit) => [credit.id, credit]));
    expect([projectsById.size, creditsById.size, new Set(utilizations.map(({ id }) => id)).size]).toEqual([
      60, 120, 260,
    ]);
    for (const credit of credits) expect(credit.project.title).toBe(projectsById.get(credit.project.id)?.title);
    for (const { credit, project } of utilizations) expect(creditsById.get(credit.id)?.project).toEqual(project);
    for (const { id, credits: count } of projects) {
      expect(count.item_count).toBe(credits.filter(({ project }) => project.id === id).length);
    }
    for (const { id, utilizations: count } of credits) {
      expect(count.item_count).toBe(utilizations.filter(({ credit }) => credit.id === id).length);
    }
  });

  it('have every documented field, and more', async () => {
    const sandbox = await sandboxWith();
    const keysOf = (stream: string) =>
      keyPaths([...sandbox.records('incentify', stream)].map(({ text }) => JSON.parse(text)));
    expect(keysOf('projects')).toEqual(expect.arrayContaining(documented.projects));
    expect(keysOf('credits')).toEqual(expect.arrayContaining(documented.credits));
    expect(keysOf('utilizations')).toEqual(expect.arrayContaining(documented.utilizations));
    expect(keysOf('projects')).toEqual(expect.arrayContaining(['external_reference', 'account.external_code']));
  });

  it('have what trips a reader: null dates, empty objects, empty lists, other scripts, two decimals', async () => {
    const sandbox = await sandboxWith();
    const textOf = (stream: string) => [...sandbox.records('incentify', stream)].map(({ text }) => text).join('\n');
    expect(textOf('projects')).toMatch(/"date_project_end":null/);
    expect(textOf('projects')).toMatch(/"custom_data_points":\[\]/);
    expect(textOf('projects')).toMatch(/第二期/);
    expect(textOf('credits')).toMatch(/"town":\{\}/);
    expect(textOf('credits')).toMatch(/"legal_entity":null/);
    expect(textOf('utilizations')).toMatch(/"actual":\{"date":null/);
    expect(textOf('utilizations')).toMatch(/"gross_total":\d+\.\d0,/);
  });

  it('come once each when every page is read, four at a time', async () => {
    const sandbox = await sandboxWith({ precompute: true, incentify: { sizes: { utilizations: 10_000 } } });
    const pages = Array.from({ length: 200 }, (_, index) => index + 1);
    const ids = new Set<number>();
    const reader = async () => {
      for (let page = pages.shift(); page !== undefined; page = pages.shift()) {
        const { json } = await get(`${sandbox.incentify.baseUrl}/utilizations?page=${page}`);
        for (const { id } of json.data) ids.add(id);
      }
    };
    await Promise.all([reader(), reader(), reader(), reader()]);
    expect(ids.size).toBe(10_000);
    expect(sandbox.journal().filter(({ outcome }) => outcome === 'completed')).toHaveLength(200);
  });
});

describe('start', () => {
  it('with every page built before gives the pages that are built when asked for', async () => {
    const bodies = async (precompute: boolean) => {
      const { url, incentify } = await sandboxWith({ precompute });
      const answers = await Promise.all([1, 6].map((page) => get(`${incentify.baseUrl}/utilizations?page=${page}`)));
      return answers.map(({ text }) => text.replaceAll(url, ''));
    };
    expect(await bodies(true)).toEqual(await bodies(false));
  });

  it('says what to do when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const failure = startSandbox({ port });
      await expect(failure).rejects.toBeInstanceOf(ConfigurationError);
      await expect(failure).rejects.toThrow(new RegExp(`port ${port} on 127.0.0.1 is taken.*choose another port`));
    } finally {
      other.close();
    }
  });

  it('refuses children without parents, all mistakes at once', async () => {
    const failure = startSandbox({ port: 0, incentify: { sizes: { projects: 0, credits: 5, utilizations: -1 } } });
    await expect(failure).rejects.toMatchObject({ kind: 'Configuration', mistakes: { length: 2 } });
  });

  it('closes within a second although connections are kept alive and answers are under way', async () => {
    const sandbox = await startSandbox({ port: 0 });
    sandbox.setFaults([{ kind: 'silence', pages: [2] }]);
    await get(`${sandbox.incentify.baseUrl}/projects`);
    const unanswered = get(`${sandbox.incentify.baseUrl}/projects?page=2`).catch((error: unknown) => error);
    const before = Date.now();
    await sandbox.close();
    expect(Date.now() - before).toBeLessThan(1000);
    expect(await unanswered).toBeInstanceOf(Error);
  });
});

interface Row {
  id: number;
  title: string;
  project: { id: number; title: string };
  credit: { id: number };
  credits: { item_count: number };
  utilizations: { item_count: number };
}

/** Dotted paths of every key in any of the records. */
function keyPaths(records: unknown[]): string[] {
  const paths = new Set<string>();
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, `${path}[]`);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) visit(member, path === '' ? name : `${path}.${name}`);
    }
    if (path !== '') paths.add(path);
  };
  for (const record of records) visit(record, '');
  return [...paths];
}

const common = ['id', 'created_at', 'updated_at', 'status', 'account.id', 'account.title'].concat(
  ['id', 'first_name', 'last_name', 'email'].map((name) => `created_by.${name}`),
);
const currency = ['code', 'name', 'html_code', 'hex_code', 'unicode'].map((name) => `local_currency.${name}`);
const place = ['code', 'name', 'name_full', 'level', 'gps_lng', 'gps_lat'].concat(
  ['country', 'province', 'county', 'town'].flatMap((level) =>
    ['code', 'name'].map((name) => `geographic_levels.${level}.${name}`),
  ),
);
const usd = ['gross_total', 'exchange_rate', 'discounted_value_as_percentage', 'discount_total', 'net_total'];
const amounts = ['estimate', 'actual'].flatMap((side) => [
  `${side}.date`,
  ...usd.map((name) => `${side}.amount.usd.${name}`),
  `${side}.amount.local.gross_total`,
]);

const documented = {
  projects: [
    ...common,
    'title',
    'description',
    'date_project_start',
    'date_project_end',
    'credits.item_count',
    ...['id', 'name', 'type', 'value'].map((name) => `custom_data_points[].${name}`),
  ],
  credits: [
    ...common,
    ...currency,
    'project.id',
    'project.title',
    'incentive_program.title',
    ...place.flatMap((name) => [`jurisdiction.${name}`, `incentive_program.jurisdiction.${name}`]),
    ...['type', 'carry_forward_years', 'legislative_framework'].map((name) => `incentive_settings.${name}`),
    'utilizations.item_count',
  ],
  utilizations: [
    ...common,
    ...currency,
    ...amounts,
    'type',
    'project.id',
    'project.title',
    'credit.id',
    'current_percentage_of_credit_amount',
    'variance.actual_to_estimate.base_amount',
    'variance.actual_to_estimate.base_amount_percentage',
    'notes',
    'legal_entity.id',
    'legal_entity.title',
    'site.id',
    'site.title',
  ],
};
