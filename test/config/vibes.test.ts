// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { configOf, mistakesOf, vibesOf } from './write.ts';

const env = { PASSWORD: 'the-password', USER: 'user-from-variable', HASH_KEY: 'sixteen-or-more-characters' };
const base = {
  system: 'vibes',
  region: 'eu',
  companyKey: 'Ab12Cd',
  username: 'acme-api',
  password: '${PASSWORD}',
};
/** YAML of a connection; a key that is undefined is left out. */
const yaml = (keys: Record<string, unknown> = {}) =>
  JSON.stringify({ connections: { coupons: { ...base, ...keys } } }, null, 1);
const couponsWith = (keys: Record<string, unknown> = {}) => vibesOf(configOf(yaml(keys), env));
const wrong = (keys: Record<string, unknown>) => mistakesOf(yaml(keys), env);
const declared = { name: 'Store coupons', incentive_codes: { low_threshold: 5, max_characters: 8 } };

describe('a connection to Vibes', () => {
  it('has the documented defaults', () => {
    const coupons = couponsWith();
    expect(coupons).toMatchObject({
      name: 'coupons',
      system: 'vibes',
      companyKey: 'Ab12Cd',
      lowWithinDays: 7,
      confirmDeletes: 'now',
      maxDeletePercent: 20,
      maxQuarantinePercent: 1,
      timeout: 120_000,
      exclude: [],
      hash: [],
      allowInsecureHttp: false,
    });
    expect(coupons.pools).toBeUndefined();
    expect(coupons.schedule).toBeUndefined();
    expect(coupons.username.resolve()).toBe('acme-api');
    expect(coupons.password.resolve()).toBe('the-password');
  });

  it.each([
    ['us', 'https://public-api.vibescm.com'],
    ['eu', 'https://public-api.eu.vibes.com'],
  ])('takes the documented address of the region %s', (region, address) => {
    expect(couponsWith({ region }).baseUrl).toBe(address);
  });

  it('takes an address instead of a region, and needs one of them, not both', () => {
    expect(couponsWith({ region: undefined, baseUrl: 'https://vibes.example.com/v2/' }).baseUrl).toBe(
      'https://vibes.example.com/v2',
    );
    expect(wrong({ region: undefined })).toEqual([
      expect.stringMatching(/coupons\.baseUrl: is missing: give the address of the API, or `region: us` or/),
    ]);
    expect(wrong({ baseUrl: 'https://vibes.example.com' })).toEqual([
      expect.stringMatching(/coupons\.region: says where the API is, and so does `baseUrl`/),
    ]);
    expect(wrong({ region: 'asia' })).toEqual([expect.stringMatching(/coupons\.region: must be one of us, eu/)]);
    expect(wrong({ region: undefined, baseUrl: 'http://vibes.example.com' })).toEqual([
      expect.stringMatching(/coupons\.baseUrl: would send the password in clear text/),
    ]);
  });

  it('tells two companies at one address apart', () => {
    const config = configOf(yaml(), env);
    const other = configOf(yaml({ companyKey: 'Ef34Gh' }), env);
    expect(config.pointsAt(vibesOf(config))).toBe('https://public-api.eu.vibes.com/companies/Ab12Cd');
    expect(other.pointsAt(vibesOf(other))).not.toBe(config.pointsAt(vibesOf(config)));
  });

  it.each(['Ab/12', '../Ab12', '..', 'Ab 12', '', 'Ab?12'])('refuses the company key %j', (companyKey) => {
    expect(wrong({ companyKey })).toEqual([
      expect.stringMatching(/coupons\.companyKey: must be the key that Vibes gave your company/),
    ]);
  });

  it('takes its user name as plain text or by reference, without a colon, its password only by reference', () => {
    expect(couponsWith({ username: '${USER}' }).username.resolve()).toBe('user-from-variable');
    expect(wrong({ username: 'a:b' })).toEqual([expect.stringMatching(/coupons\.username: .*without a colon/)]);
    expect(wrong({ username: '${NONE}' })).toEqual([expect.stringMatching(/`NONE` is not set/)]);
    expect(wrong({ password: 'written-out' })).toEqual([
      expect.stringMatching(/coupons\.password: must be a reference/),
    ]);
  });

  it('shows no password when printed or serialised', () => {
    const config = configOf(yaml(), env);
    vibesOf(config).password.resolve();
    expect(`${JSON.stringify(config)}${inspect(config, { depth: 9, showHidden: true })}`).not.toContain(env.PASSWORD);
    expect(config.redact('the-password')).toBe('[secret]');
  });

  it('keeps personal data out by paths that Vibes documents', () => {
    const keys = { hash: ['notification_email_address'], hashKey: '${HASH_KEY}' };
    expect(couponsWith(keys).hash).toMatchObject([{ names: ['notification_email_address'] }]);
    expect(wrong({ ...keys, hash: ['incentive_codes.total'] })).toEqual([
      expect.stringMatching(/coupons\.hash\[0\]: cannot be hashed/),
    ]);
    expect(configOf(yaml({ exclude: ['notification_email'] }), env).warnings).toEqual([
      expect.stringMatching(/names no field that is documented/),
    ]);
  });
});

describe('declared pools', () => {
  it('are read as they stand, with what is left out left out', () => {
    const full = {
      name: 'Newsletter',
      id: 311,
      issuance_allowed: true,
      redemption_allowed: false,
      incentive_codes: { low_threshold: 0, max_characters: 16 },
      distribution: { method: 'multi' },
      notification_email_address: 'campaigns@example.com',
    };
    expect(couponsWith({ pools: [declared, full] }).pools).toEqual([declared, full]);
    expect(couponsWith({ pools: [] }).pools).toEqual([]);
  });

  it.each([
    [{ distribution: { method: 'random' } }, /pools\[0\]\.distribution\.method: must be one of unique, multi/],
    [{ distribution: 'unique' }, /pools\[0\]\.distribution: must be a mapping like/],
    [{ incentive_codes: { low_threshold: -1 } }, /pools\[0\]\.incentive_codes\.low_threshold: must be a whole number/],
    [{ incentive_codes: { max_characters: 0 } }, /incentive_codes\.max_characters: must be a whole number from 1/],
    [{ incentive_codes: { low_threshold: 1.5 } }, /low_threshold: must be a whole number from 0/],
    [{ notification_email_address: 'nobody' }, /notification_email_address: must be an e-mail address/],
    [{ issuance_allowed: 'yes' }, /issuance_allowed: must be true or false/],
    [{ name: ' ' }, /pools\[0\]\.name: must be the pool’s name/],
    [{ id: 0 }, /pools\[0\]\.id: must be a whole number from 1/],
  ])('refuse %j', (keys, sentence) => {
    expect(wrong({ pools: [{ ...declared, ...keys }] })).toEqual([expect.stringMatching(sentence)]);
  });

  it('are told of keys that are not known, and of what was probably meant', () => {
    expect(wrong({ pools: [{ ...declared, issuance_alowed: true }] })).toEqual([
      expect.stringMatching(
        /pools\[0\]\.issuance_alowed: is not a key that is known here \(did you mean `issuance_allowed`\?\)/,
      ),
    ]);
    expect(wrong({ pools: [{ name: 'A', incentive_codes: { total: 500 } }] })).toEqual([
      expect.stringMatching(/incentive_codes\.total: is not a key .*: the keys are low_threshold, max_characters$/),
    ]);
    expect(wrong({ pools: [{}] })).toEqual([expect.stringMatching(/pools\[0\]\.name: is missing/)]);
    expect(wrong({ pools: 'Store coupons' })).toEqual([
      expect.stringMatching(/coupons\.pools: must be a list of pools/),
    ]);
    expect(wrong({ pools: ['Store coupons'] })).toEqual([expect.stringMatching(/pools\[0\]: must be a mapping/)]);
  });

  it('may have one name only where each says its id', () => {
    const twice = [declared, { ...declared, id: 5 }];
    expect(wrong({ pools: twice })).toEqual([
      expect.stringMatching(/pools\[0\]\.name: stands here more than once: give each .* the `id`/),
    ]);
    expect(
      couponsWith({
        pools: [
          { ...declared, id: 4 },
          { ...declared, id: 5 },
        ],
      }).pools,
    ).toHaveLength(2);
    expect(
      wrong({
        pools: [
          { name: 'A', id: 5 },
          { name: 'B', id: 5 },
        ],
      }),
    ).toHaveLength(2);
  });
});
