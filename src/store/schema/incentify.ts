import { date, index, jsonb, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core';
import { exact, instant, integer64, recordKey, recordTrail } from './columns.ts';

/** Incentify's portfolio. Column names are the vendor's own, nested ones joined by `_`. */
export const incentify = pgSchema('incentify');

const account = () => ({ account_id: integer64(), account_title: text() });

const createdBy = () => ({
  created_by_id: integer64(),
  created_by_first_name: text(),
  created_by_last_name: text(),
  created_by_email: text(),
});

const localCurrency = () => ({
  local_currency_code: text(),
  local_currency_name: text(),
  local_currency_html_code: text(),
  local_currency_hex_code: text(),
  local_currency_unicode: text(),
});

export const projects = incentify.table(
  'projects',
  {
    ...recordKey(),
    created_at: instant(),
    updated_at: instant(),
    status: text(),
    ...account(),
    ...createdBy(),
    title: text(),
    description: text(),
    date_project_start: date(),
    date_project_end: date(),
    credits_item_count: integer64(),
    custom_data_points: jsonb(),
    ...recordTrail(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.id] })],
);

export const credits = incentify.table(
  'credits',
  {
    ...recordKey(),
    created_at: instant(),
    updated_at: instant(),
    status: text(),
    ...account(),
    ...createdBy(),
    project_id: integer64(),
    project_title: text(),
    incentive_program_title: text(),
    incentive_program_jurisdiction_code: text(),
    incentive_program_jurisdiction_name: text(),
    incentive_program_jurisdiction_name_full: text(),
    incentive_program_jurisdiction_level: text(),
    incentive_program_jurisdiction_gps_lng: exact(),
    incentive_program_jurisdiction_gps_lat: exact(),
    incentive_program_jurisdiction_geographic_levels: jsonb(),
    incentive_settings_type: text(),
    incentive_settings_carry_forward_years: exact(),
    incentive_settings_legislative_framework: text(),
    jurisdiction_code: text(),
    jurisdiction_name: text(),
    jurisdiction_name_full: text(),
    jurisdiction_level: text(),
    jurisdiction_gps_lng: exact(),
    jurisdiction_gps_lat: exact(),
    jurisdiction_geographic_levels: jsonb(),
    ...localCurrency(),
    utilizations_item_count: integer64(),
    ...recordTrail(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.id] }),
    index('credits_project').on(table.connection, table.project_id),
  ],
);

export const utilizations = incentify.table(
  'utilizations',
  {
    ...recordKey(),
    created_at: instant(),
    updated_at: instant(),
    status: text(),
    type: text(),
    ...account(),
    ...createdBy(),
    project_id: integer64(),
    project_title: text(),
    credit_id: integer64(),
    ...localCurrency(),
    estimate_date: date(),
    estimate_amount_usd_gross_total: exact(),
    estimate_amount_usd_exchange_rate: exact(),
    estimate_amount_usd_discounted_value_as_percentage: exact(),
    estimate_amount_usd_discount_total: exact(),
    estimate_amount_usd_net_total: exact(),
    estimate_amount_local_gross_total: exact(),
    actual_date: date(),
    actual_amount_usd_gross_total: exact(),
    actual_amount_usd_exchange_rate: exact(),
    actual_amount_usd_discounted_value_as_percentage: exact(),
    actual_amount_usd_discount_total: exact(),
    actual_amount_usd_net_total: exact(),
    actual_amount_local_gross_total: exact(),
    current_percentage_of_credit_amount: exact(),
    variance_actual_to_estimate_base_amount: exact(),
    variance_actual_to_estimate_base_amount_percentage: exact(),
    notes: text(),
    legal_entity_id: integer64(),
    legal_entity_title: text(),
    site_id: integer64(),
    site_title: text(),
    ...recordTrail(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.id] }),
    index('utilizations_credit').on(table.connection, table.credit_id),
    index('utilizations_project').on(table.connection, table.project_id),
  ],
);
