import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Declared, isToDo, merged, type PlannedPool, planPools } from '../../src/vendors/vibes/plan.ts';
import { type Pool, settingsOf } from '../../src/vendors/vibes/pool.ts';

const full = {
  issuance_allowed: true,
  redemption_allowed: true,
  incentive_codes: { low_threshold: 10, max_characters: 8 },
  distribution: { method: 'unique' },
  notification_email_address: 'a@example.test',
} as const;

function pool(id: number, name: string, more: Partial<Declared> = {}): Pool {
  const settings = settingsOf({ ...full, name, ...more });
  return { id: String(id), settings, total: 9, issued: 2, remaining: 7, createdAt: null, updatedAt: null };
}

const brief = (planned: readonly PlannedPool[]) =>
  planned.map((one) => `${one.kind} ${one.name}${'id' in one ? ` ${one.id}` : ''}`);
const sentenceOf = (planned: readonly PlannedPool[]) =>
  planned.flatMap((one) => (one.kind === 'refused' ? [one.sentence] : [])).join('\n');

describe('a plan', () => {
  it('tells what is to be created, changed, as declared and nobody’s', () => {
    const declared = [
      { ...full, name: 'New' },
      { ...full, name: 'Other', incentive_codes: { low_threshold: 20 }, issuance_allowed: false },
      { name: 'Same', redemption_allowed: true },
    ];
    const planned = planPools(declared, [pool(1, 'Same'), pool(2, 'Other'), pool(3, 'Stranger')]);
    expect(brief(planned)).toEqual(['create New', 'update Other 2', 'unchanged Same 1', 'unmanaged Stranger 3']);
    expect(planned[1]).toMatchObject({
      differences: [
        { setting: 'issuance_allowed', from: true, to: false },
        { setting: 'incentive_codes.low_threshold', from: 10, to: 20 },
      ],
    });
  });

  it('refuses two pools of one name until an id says which is meant', () => {
    const listed = [pool(1, 'Twin'), pool(2, 'Twin')];
    const open = planPools([{ name: 'Twin', redemption_allowed: false }], listed);
    expect(brief(open)).toEqual(['refused Twin', 'unmanaged Twin 1', 'unmanaged Twin 2']);
    expect(sentenceOf(open)).toBe('Vibes has 2 pools of this name (1, 2): say by `id:` which one is meant.');
    expect(brief(planPools([{ name: 'Twin', id: 2, redemption_allowed: false }], listed))).toEqual([
      'refused Twin',
      'unmanaged Twin 1',
      'unmanaged Twin 2',
    ]);
    const both = [
      { name: 'Twin', id: 1 },
      { name: 'Twin', id: 2, redemption_allowed: false },
    ];
    expect(brief(planPools(both, listed))).toEqual(['unchanged Twin 1', 'update Twin 2']);
  });

  it('refuses a pool that was renamed at Vibes until an id is given', () => {
    const listed = [pool(1, 'Renamed')];
    const managed = [{ id: '1', name: 'Original' }];
    const open = planPools([{ ...full, name: 'Original' }], listed, managed);
    expect(brief(open)).toEqual(['refused Original', 'unmanaged Renamed 1']);
    expect(sentenceOf(open)).toMatch(/pool 1, which had this name, is called “Renamed” at Vibes now. Give it `id: 1`/);
    const known = planPools([{ ...full, name: 'Original', id: 1 }], listed, managed);
    expect(known[0]).toMatchObject({
      kind: 'update',
      differences: [{ setting: 'name', from: 'Renamed', to: 'Original' }],
    });
    expect(brief(planPools([{ ...full, name: 'Renamed' }], listed, managed))).toEqual(['unchanged Renamed 1']);
  });

  it('refuses a pool that was renamed in the file until an id is given', () => {
    const listed = [pool(1, 'Original'), pool(2, 'Stranger')];
    const managed = [{ id: '1', name: 'Original' }];
    const open = planPools([{ ...full, name: 'New name' }], listed, managed);
    expect(sentenceOf(open)).toMatch(
      /the new name of pool 1 “Original”, created or changed from here before and not declared any more/,
    );
    const both = [{ ...full, name: 'New name' }, { name: 'Original' }];
    expect(brief(planPools(both, listed, managed))).toEqual([
      'create New name',
      'unchanged Original 1',
      'unmanaged Stranger 2',
    ]);
  });

  it('refuses an id that is not there, a name that another pool has, and a new pool that lacks settings', () => {
    expect(sentenceOf(planPools([{ name: 'A', id: 9 }], []))).toMatch(/no pool with the id 9/);
    expect(sentenceOf(planPools([{ name: 'B', id: 1 }], [pool(1, 'A'), pool(2, 'B')]))).toMatch(
      /pool 1 would get the name that pool 2 has already/,
    );
    expect(sentenceOf(planPools([{ name: 'A', redemption_allowed: true }], []))).toMatch(
      /to create one issuance_allowed, incentive_codes.low_threshold, .* must be declared too/,
    );
  });
});

const names = fc.constantFrom('A', 'B', 'C', 'D');
const declaredPools = fc.uniqueArray(
  fc.record({
    name: names,
    issuance_allowed: fc.boolean(),
    redemption_allowed: fc.boolean(),
    incentive_codes: fc.record({ low_threshold: fc.nat(3), max_characters: fc.constant(8) }),
    distribution: fc.constant({ method: 'unique' as const }),
    notification_email_address: fc.constant('a@example.test'),
    id: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  }),
  { selector: ({ name }) => name },
);
const listedPools = fc
  .uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 6 }), name: names, on: fc.boolean() }), {
    selector: ({ id }) => id,
  })
  .map((all) => all.map(({ id, name, on }) => pool(id, name, { issuance_allowed: on })));
const managedPools = fc.array(fc.record({ id: fc.integer({ min: 1, max: 6 }).map(String), name: names }));

/** What the vendor has once everything was done. */
function afterwards(listed: readonly Pool[], planned: readonly PlannedPool[]): Pool[] {
  const changed = listed.map((one) => {
    const update = planned.find((step) => step.kind === 'update' && step.id === one.id);
    return update?.kind === 'update' ? { ...one, settings: merged(one, update.settings) } : one;
  });
  const created = planned.flatMap((step, index) =>
    step.kind === 'create' ? [{ ...pool(100 + index, step.name), settings: step.settings }] : [],
  );
  return [...changed, ...created];
}

describe('every plan', () => {
  const uniqueIds = (declared: readonly Declared[]) => {
    const ids = declared.flatMap(({ id }) => (id === undefined ? [] : [id]));
    return new Set(ids).size === ids.length;
  };
  const forAny = (check: (declared: Declared[], listed: Pool[], planned: PlannedPool[]) => void) =>
    fc.assert(
      fc.property(declaredPools, listedPools, managedPools, (declared, listed, managed) => {
        fc.pre(uniqueIds(declared));
        check(declared, listed, planPools(declared, listed, managed));
      }),
    );

  it('says one thing of each pool that is declared, and one of each that is there and not declared', () => {
    forAny((declared, listed, planned) => {
      const [mine, others] = [planned.slice(0, declared.length), planned.slice(declared.length)];
      expect(mine.some(({ kind }) => kind === 'unmanaged')).toBe(false);
      expect(others.every(({ kind }) => kind === 'unmanaged')).toBe(true);
      const ids = planned.flatMap((one) => ('id' in one ? [one.id] : []));
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.toSorted()).toEqual(listed.map(({ id }) => id).toSorted());
    });
  });

  it('leaves nothing to do once it is done, and no two pools of one name that there were not before', () => {
    forAny((declared, listed, planned) => {
      const after = afterwards(listed, planned);
      const refused = planned.filter(({ kind }) => kind === 'refused').map(({ name }) => name);
      const again = planPools(declared, after).filter((one) => isToDo(one) && !refused.includes(one.name));
      if (refused.length === 0) expect(again).toEqual([]);
      const doubles = (pools: readonly Pool[]) =>
        pools.filter(
          ({ settings }, index) => pools.findIndex((other) => other.settings.name === settings.name) !== index,
        ).length;
      if (declared.every(({ id }) => id === undefined)) expect(doubles(after)).toBe(doubles(listed));
    });
  });

  it('touches no pool that is not declared', () => {
    forAny((declared, listed, planned) => {
      const declaredIds = declared.map(({ id }) => String(id));
      const declaredNames = declared.map(({ name }) => name);
      for (const step of planned) {
        if (step.kind !== 'update') continue;
        const before = listed.find(({ id }) => id === step.id);
        expect(declaredIds.includes(step.id) || declaredNames.includes(String(before?.settings.name))).toBe(true);
      }
    });
  });
});
