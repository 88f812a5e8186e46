import { type Field, fields } from '../fields.ts';

/**
 * Documented fields of Incentify's resources, from the vendor's resource pages (developer.incentify.com, API resources:
 * Project, Credit, Utilization, Incentive Program). All pages but the first are known in part only: what is not listed
 * here is kept in `raw`. Amounts that the vendor's samples show as integers are read as exact numbers all the same; those
 * of an incentive programme are documented as text (`"30%"`) and stay so.
 */

/** Raise this whenever a field below changes: rows stored under an older number are compared anew at the next run. */
export const mappingVersion = 1;

const account = { id: 'integer', title: 'text' } as const;

const createdBy = { id: 'integer', first_name: 'text', last_name: 'text', email: 'text' } as const;

const jurisdiction = {
  code: 'text',
  name: 'text',
  name_full: 'text',
  level: 'text',
  gps_lng: 'exact',
  gps_lat: 'exact',
  geographic_levels: 'json',
} as const;

const localCurrency = { code: 'text', name: 'text', html_code: 'text', hex_code: 'text', unicode: 'text' } as const;

const money = {
  usd: {
    gross_total: 'exact',
    exchange_rate: 'exact',
    discounted_value_as_percentage: 'exact',
    discount_total: 'exact',
    net_total: 'exact',
  },
  local: { gross_total: 'exact' },
} as const;

const agency = { name: 'text', website_url: 'text' } as const;

const timing = { is_allowed: 'boolean', description: 'text' } as const;

const times = { created_at: 'instant', updated_at: 'instant', status: 'text' } as const;

export const incentifyFields = {
  projects: fields({
    ...times,
    account,
    created_by: createdBy,
    title: 'text',
    description: 'text',
    date_project_start: 'date',
    date_project_end: 'date',
    credits: { item_count: 'integer' },
    custom_data_points: 'json',
  }),
  credits: fields({
    ...times,
    account,
    created_by: createdBy,
    project: account,
    incentive_program: { title: 'text', jurisdiction },
    incentive_settings: { type: 'text', carry_forward_years: 'exact', legislative_framework: 'text' },
    jurisdiction,
    local_currency: localCurrency,
    utilizations: { item_count: 'integer' },
  }),
  utilizations: fields({
    ...times,
    type: 'text',
    account,
    created_by: createdBy,
    project: account,
    credit: { id: 'integer' },
    local_currency: localCurrency,
    estimate: { date: 'date', amount: money },
    actual: { date: 'date', amount: money },
    current_percentage_of_credit_amount: 'exact',
    variance: { actual_to_estimate: { base_amount: 'exact', base_amount_percentage: 'exact' } },
    notes: 'text',
    legal_entity: account,
    site: account,
  }),
  incentive_programs: fields({
    name: 'text',
    legislative_status: 'text',
    jurisdiction: { name: 'text', level: 'text', layers: 'json' },
    government_agency: { ...agency, contacts: 'json' },
    authority: agency,
    industries: 'json',
    incentive_types: 'json',
    tax_offset_types: 'json',
    activity_types: 'json',
    geospecific: { is_limited: 'boolean', description: 'text' },
    description: 'text',
    qualified_expenditures: 'text',
    amount: 'text',
    max_amount: 'text',
    limitations: 'text',
    eligibility: 'text',
    sunset_date: 'date',
    small_employers_exceptions: { is_exception: 'boolean', description: 'text' },
    priority_applies: 'text',
    certification: { is_required: 'boolean' },
    filing: { is_required: 'boolean', requirements: 'text' },
    monetization_timing: { carryback: timing, carryforward: timing, retroactive: timing },
    recurring: 'boolean',
    recapture: 'boolean',
    exclusivity: 'boolean',
  }),
} as const satisfies Record<string, readonly Field[]>;

export type IncentifyStream = keyof typeof incentifyFields;

/** Documented names within the fields that are kept as JSON: a path for personal data may name them. */
export const namesInJson: readonly string[] = [
  ...inside('custom_data_points', ['id', 'name', 'type', 'value']),
  ...geographicLevels('incentive_program.jurisdiction'),
  ...geographicLevels('jurisdiction'),
  ...inside('jurisdiction.layers', ['country', 'province', 'county', 'city']),
  ...inside('government_agency.contacts', ['id', 'name', 'email', 'phone_1', 'phone_2', 'address', 'website_url']),
];

function geographicLevels(place: string): string[] {
  const levels = ['country', 'province', 'county', 'town'];
  return levels.flatMap((level) => inside(`${place}.geographic_levels.${level}`, ['code', 'name']));
}

function inside(place: string, names: readonly string[]): string[] {
  return names.map((name) => `${place}.${name}`);
}
