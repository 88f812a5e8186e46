import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliOf } from '../support/cli-of.ts';
import { World } from '../support/world.ts';
import { poolsAt, spring, steps } from './apply.ts';

let world: World;
beforeAll(async () => {
  world = await World.create({ system: 'vibes' });
  await world.worker();
  await world.sync();
});
afterAll(() => world.close());

const cli = (...args: string[]) => cliOf(world, args, { COUPONS_PASSWORD: 'sandbox-password' });
const pools = (...args: string[]) => cli('pools', ...args);

async function declare(...declared: object[]): Promise<void> {
  const { baseUrl, companyKey, username } = world.sandbox.vibes;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
  const keys = { system: 'vibes', baseUrl, companyKey, username, password: '${COUPONS_PASSWORD}', pools: declared };
  await writeFile(join(world.folder, 'incentive-sync.yaml'), JSON.stringify({ connections: { coupons: keys } }));
}

describe('incentive-sync pools', { timeout: 240_000 }, () => {
  it('plans, applies, and then has nothing to do', async () => {
    expect(await pools('plan', 'coupons')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/declares no pools/),
    });
    const [first] = poolsAt(world);
    await declare(spring, { name: first!.name, incentive_codes: { low_threshold: 4321 } });
    const plan = await pools('plan', 'coupons', '--json');
    expect(plan.code).toBe(3);
    expect(plan.stderr).toMatch(/\+ Spring\n {6}name: "Spring"\n {6}issuance_allowed: true/);
    expect(plan.stderr).toMatch(/incentive_codes\.low_threshold: \d+ → 4321/);
    expect(plan.stderr).toMatch(/coupons: 1 to create, 1 to change, 11 not declared, left alone/);
    expect(JSON.parse(plan.stdout)).toMatchObject({ connection: 'coupons', toDo: 2 });
    expect(steps(world)).not.toContain('create');

    const unasked = await pools('apply', 'coupons');
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringMatching(/Add --yes/) });
    const applied = await pools('apply', 'coupons', '--yes', '--json');
    expect(applied.code).toBe(0);
    expect(JSON.parse(applied.stdout)).toMatchObject({ done: 2, refused: 0, unknown: 0, failure: null });
    expect(poolsAt(world).filter(({ name }) => name === 'Spring')).toHaveLength(1);
    expect(await pools('plan', 'coupons')).toMatchObject({ code: 0 });
    expect(await pools('apply', 'coupons')).toMatchObject({ code: 0, stderr: expect.stringMatching(/nothing to do/) });
  });

  it('refuses a plan in which it is not clear which pool is meant, as a whole', async () => {
    await declare({ ...spring, name: 'Renamed' }, { name: 'Newsletter', redemption_allowed: false });
    const plan = await pools('plan', 'coupons');
    expect(plan).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/! Renamed: .* new name of one of the pools 301 “Store coupons”, 313 “Spring”/),
    });
    const before = poolsAt(world);
    expect(await pools('apply', 'coupons', '--yes')).toMatchObject({ code: 2 });
    expect(poolsAt(world)).toEqual(before);
    await declare({ ...spring, name: 'Renamed', id: 313 });
    expect(await pools('apply', 'coupons', '--yes')).toMatchObject({ code: 0 });
    expect(poolsAt(world).at(-1)).toMatchObject({ id: 313, name: 'Renamed' });
  });

  it('lists and shows pools with their levels', async () => {
    world.sandbox.vibes.change(302, { incentive_codes: { low_threshold: 1_000_000 } });
    await world.sync();
    await world.sql`UPDATE vibes.pool_levels SET read_at = read_at - interval '1 day' WHERE pool_id = 304`;
    world.sandbox.vibes.issue(304, 50);
    await world.sync();
    const list = await pools('list', 'coupons', '--json');
    expect(list.code).toBe(0);
    expect(list.stderr).toMatch(/302 {2}.* codes left, at or under 1000000/);
    expect(list.stderr).toMatch(/304 {2}.* codes left · 50 a day · runs out \d{4}-/);
    expect(JSON.parse(list.stdout).pools[3]).toMatchObject({ id: '304', runsOutAt: expect.any(String) });
    const show = await pools('show', 'coupons', '304');
    expect(show).toMatchObject({ code: 0, stderr: expect.stringMatching(/distribution\.method: "(unique|multi)"/) });
    expect(await pools('show', 'coupons', '9')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no pool with/),
    });
  });

  it('creates and updates one pool without a file', async () => {
    const create = ['--name', 'Alone', '--method', 'multi', '--low-threshold', '3', '--max-characters', '9'];
    const lacking = await pools('create', 'coupons', ...create, '--yes');
    expect(lacking).toMatchObject({ code: 2, stderr: expect.stringMatching(/needs --email too/) });
    expect(await pools('create', 'coupons', ...create, '--email', 'nobody', '--yes')).toMatchObject({ code: 2 });
    const created = await pools(
      'create',
      'coupons',
      ...create,
      '--email',
      'a@example.test',
      '--no-redemption',
      '--yes',
    );
    expect(created).toMatchObject({ code: 0, stderr: expect.stringMatching(/done {5}create Alone \(314\)/) });
    expect(poolsAt(world).at(-1)).toMatchObject({
      name: 'Alone',
      issuance_allowed: true,
      redemption_allowed: false,
      distribution: { method: 'multi' },
    });
    const updated = await pools('update', 'coupons', 'Alone', '--redemption', '--low-threshold', '4', '--yes');
    expect(updated.code).toBe(0);
    expect(poolsAt(world).at(-1)).toMatchObject({
      redemption_allowed: true,
      incentive_codes: { low_threshold: 4, max_characters: 9 },
    });
    expect(await pools('create', 'coupons', ...create, '--email', 'a@example.test', '--yes')).toMatchObject({
      code: 2,
    });
    expect(await pools('update', 'coupons', 'Alone', '--yes')).toMatchObject({ code: 2 });
  });

  it('says so while another apply is under way', async () => {
    world.sandbox.addFaults({ kind: 'hold', steps: ['update'], first: 1 });
    const one = pools('update', 'coupons', '305', '--low-threshold', '77', '--yes');
    await expect.poll(() => world.sandbox.held().length, { timeout: 60_000 }).toBe(1);
    const other = await pools('update', 'coupons', '306', '--low-threshold', '78', '--yes');
    expect(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/being changed by another apply/) });
    world.sandbox.release();
    expect(await one).toMatchObject({ code: 0 });
    const states = await world.sql`SELECT DISTINCT state FROM vibes.pool_changes`;
    expect(states).toEqual([{ state: 'done' }]);
  });

  it('checks a connection, and shows it among all', async () => {
    expect(await cli('check', 'coupons')).toMatchObject({ code: 0, stderr: expect.stringMatching(/pools: 14 pools/) });
    world.sandbox.addFaults({ kind: 'allow-list', first: 1 });
    expect(await cli('check', 'coupons')).toMatchObject({ code: 1, stderr: expect.stringMatching(/allow-list/) });
    expect(await cli('status')).toMatchObject({ code: 0, stderr: expect.stringMatching(/coupons[\s\S]*pools/) });
  });
});
