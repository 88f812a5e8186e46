import { type Field, fields } from '../fields.ts';

/** Raise this whenever a field below changes: rows stored under an older number are compared anew at the next run. */
export const mappingVersion = 1;

/** Documented fields of an incentive pool (developer-platform.vibes.com, Incentive Pool API). */
const documented = fields({
  name: 'text',
  issuance_allowed: 'boolean',
  redemption_allowed: 'boolean',
  incentive_codes: {
    total: 'integer',
    issued: 'integer',
    remaining: 'integer',
    low_threshold: 'integer',
    max_characters: 'integer',
  },
  distribution: { method: 'text' },
  notification_email_address: 'text',
  created_at: 'instant',
  updated_at: 'instant',
  url: 'text',
});

/** The vendor's OpenAPI document spells this one wrongly where it describes answers. */
const misspelt: Readonly<Record<string, readonly string[]>> = {
  incentive_codes_max_characters: ['incentive_codes', 'max_charachters'],
};

export const vibesFields = { pools: documented.map(withOther) } as const satisfies Record<string, readonly Field[]>;

function withOther(field: Field): Field {
  const other = misspelt[field.column];
  return other === undefined ? field : { ...field, other };
}

export const vibesDocumented = { fields: vibesFields, inside: [] };
