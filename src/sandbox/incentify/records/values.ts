/** Fragments of JSON text that all Incentify records are made of. Names and people are invented. */
import type { Random } from '../../random.ts';

/** Streams as numbers, for seeding: a record's values depend on seed, stream and index, and on nothing else. */
export const streamSeed = { projects: 1, credits: 2, utilizations: 3, incentivePrograms: 4 } as const;

const accountTitles = ['North Mill Group', 'Åker & Søn Film AS', 'Taller Ñandú S.A.', 'Delta Foundry', '東京製作所'];
const accounts = nonEmpty(
  accountTitles.map((title, index) => json({ id: 7 + index, title, external_code: `ACC-${index}` })),
);

const people = nonEmpty(
  [
    ['Ada', 'Berg'],
    ['Zoë', 'Łukasiewicz'],
    ['José', 'Nuñez'],
    ['Mei', '陳'],
    ["Siobhán O'", 'Brien'],
    ['Priya', 'Raman'],
  ].map(([first, last], index) =>
    json({ id: 12 + index, first_name: first, last_name: last, email: `user${index}@example.test` }),
  ),
);

interface Level {
  code: string;
  name: string;
}

interface Jurisdiction {
  code: string;
  name: string;
  level: 'country' | 'province' | 'county' | 'town';
  at: [longitude: number, latitude: number];
  layers: [Level, Level?, Level?, Level?];
}

const unitedStates = { code: 'US', name: 'United States' };
const canada = { code: 'CA', name: 'Canada' };
const georgia = { code: 'US-GA', name: 'Georgia' };
const newYork = { code: 'US-NY', name: 'New York' };

const places: Jurisdiction[] = [
  { code: 'US-GA', name: 'Georgia', level: 'province', at: [-83.4426, 32.6415], layers: [unitedStates, georgia] },
  {
    code: 'US-NY-ERIE',
    name: 'Erie County',
    level: 'county',
    at: [-78.7782, 42.7523],
    layers: [unitedStates, newYork, { code: 'ERIE', name: 'Erie County' }],
  },
  {
    code: 'US-NY-BUF',
    name: 'Buffalo',
    level: 'town',
    at: [-78.8784, 42.8864],
    layers: [unitedStates, newYork, { code: 'ERIE', name: 'Erie County' }, { code: 'BUF', name: 'Buffalo' }],
  },
  {
    code: 'CA-QC',
    name: 'Québec',
    level: 'province',
    at: [-71.8258, 53.9219],
    layers: [canada, { code: 'CA-QC', name: 'Québec' }],
  },
  { code: 'CA', name: 'Canada', level: 'country', at: [-106.3468, 56.1304], layers: [canada] },
  { code: 'IE', name: 'Ireland', level: 'country', at: [-7.6921, 53.1424], layers: [{ code: 'IE', name: 'Ireland' }] },
  {
    code: 'FR-IDF',
    name: 'Île-de-France',
    level: 'province',
    at: [2.6371, 48.8499],
    layers: [
      { code: 'FR', name: 'France' },
      { code: 'FR-IDF', name: 'Île-de-France' },
    ],
  },
  {
    code: 'JP-13',
    name: '東京都',
    level: 'province',
    at: [139.6917, 35.6895],
    layers: [
      { code: 'JP', name: '日本' },
      { code: 'JP-13', name: '東京都' },
    ],
  },
];

/** As a credit shows it: `geographic_levels` with an empty object for each level that does not apply. */
const jurisdictions = nonEmpty(places.map((place) => json(creditJurisdiction(place))));

/** As an incentive programme shows it: another shape, with `layers` of plain names. */
const programJurisdictions = nonEmpty(places.map((place) => json(programJurisdiction(place))));

function creditJurisdiction({ code, name, level, at, layers }: Jurisdiction): object {
  const [country, province = {}, county = {}, town = {}] = layers;
  const nameFull = layers.map((layer) => layer?.name).join(' / ');
  const [gps_lng, gps_lat] = at;
  const geographic_levels = { country, province, county, town };
  return { code, name, name_full: nameFull, level, gps_lng, gps_lat, geographic_levels, iso: { edition: 2020 } };
}

function programJurisdiction({ name, level, layers }: Jurisdiction): object {
  const [country, province, county, town] = layers.map((layer) => layer?.name ?? '');
  return { name, level, layers: { country, province: province ?? '', county: county ?? '', town: town ?? '' } };
}

const currencyRows: [code: string, name: string, symbol: string, usdRate: string][] = [
  ['USD', 'US Dollar', '$', '1.0'],
  ['CAD', 'Canadian Dollar', '$', '0.74'],
  ['EUR', 'Euro', '€', '1.0835'],
  ['GBP', 'Pound Sterling', '£', '1.2671'],
  ['JPY', 'Japanese Yen', '¥', '0.006731'],
];

export interface Currency {
  text: string;
  /** Dollars for one unit, as JSON text. */
  usdRate: string;
}

const currencies = nonEmpty(
  currencyRows.map(([code, name, symbol, usdRate]): Currency => {
    const point = symbol.codePointAt(0) ?? 0;
    const hex = point.toString(16);
    const unicode = `U+${hex.toUpperCase().padStart(4, '0')}`;
    return { text: json({ code, name, html_code: `&#${point};`, hex_code: `&#x${hex};`, unicode }), usdRate };
  }),
);

const notes = nonEmpty(
  [
    '',
    'Awaiting the auditor\u2019s letter.',
    'Line one\nline two\twith a tab and a "quotation"',
    'Genehmigt \u2013 Stra\u00dfe 5, M\u00fcnchen \u2705',
    'Carry-forward agreed with the agency; see the file of the second quarter for the calculation and its annexes.',
    '\u202bملاحظة\u202c',
    'C:\\share\\credits\\2024',
  ].map(json),
);

const legalEntities = nonEmpty(
  ['North Mill Ltd', 'Åker Produksjon AS', 'Delta Foundry GmbH', 'Société Générale du Moulin'].map((title, index) =>
    json({ id: 5 + index, title }),
  ),
);

const sites = nonEmpty(
  ['Hamilton', 'Montréal', 'Łódź', 'Atlanta'].map((title, index) =>
    json({ id: 2 + index, title, address: { street: `${index + 1} Mill Road`, postal_code: `A1B ${index}C3` } }),
  ),
);

const programTitles = nonEmpty(
  [
    'Film Production Credit',
    'R&D Expenditure Credit',
    'Crédit d’impôt pour la production',
    'Clean Energy Grant',
    'Jobs Development Credit',
  ].map(json),
);

const frameworks = nonEmpty(['Income Tax Act s. 125.4', 'O.C.G.A. § 48-7-40.26', 'CGI art. 220 sexies'].map(json));

export const account = (random: Random): string => random.pick(accounts);
export const person = (random: Random): string => (random.oneIn(40) ? 'null' : random.pick(people));
export const jurisdiction = (random: Random): string => random.pick(jurisdictions);
export const programJurisdictionOf = (random: Random): string => random.pick(programJurisdictions);
export const currency = (random: Random): Currency => random.pick(currencies);
export const note = (random: Random): string => (random.oneIn(15) ? 'null' : random.pick(notes));
export const legalEntity = (random: Random): string => (random.oneIn(20) ? 'null' : random.pick(legalEntities));
export const site = (random: Random): string => (random.oneIn(20) ? 'null' : random.pick(sites));
export const programTitle = (random: Random): string => random.pick(programTitles);
export const framework = (random: Random): string => random.pick(frameworks);

/** `"YYYY-MM-DD"` in `from` or one of the `years` - 1 years after it. */
export function date(random: Random, from: number, years: number): string {
  return `"${day(random, from, years)}"`;
}

/** `"YYYY-MM-DDTHH:MM:SSZ"`, with an offset in place of Z now and then. */
export function moment(random: Random, from: number, years: number): string {
  const clock = `${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}`;
  return `"${day(random, from, years)}T${clock}${random.oneIn(25) ? '+02:00' : 'Z'}"`;
}

/** Money or a percentage from a count of hundredths: always two decimals, never an exponent. */
export function hundredths(count: number): string {
  return `${Math.floor(count / 100)}.${two(count % 100)}`;
}

/** None to two points; a point's value is a string whatever its type says. */
export function customDataPoints(random: Random): string {
  const count = random.below(3);
  if (count === 0) return '[]';
  const costCentre = `{"id":3,"name":"Cost centre","type":"text","value":"CC-${random.below(90)}"}`;
  if (count === 1) return `[${costCentre}]`;
  return `[${costCentre},{"id":4,"name":"Budget","type":"number","value":"${random.below(1e6)}.50"}]`;
}

function day(random: Random, from: number, years: number): string {
  return `${from + random.below(years)}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

function nonEmpty<T>(list: T[]): [T, ...T[]] {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('A list of sample values is empty.');
  return [first, ...rest];
}
