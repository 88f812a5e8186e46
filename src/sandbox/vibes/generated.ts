/** Pools as they are before anyone edits them. */
import { Random } from '../random.ts';
import type { RecordSource } from '../records.ts';

export interface GeneratedOptions {
  pools: number;
  seed: number;
  companyKey: string;
  /** How the answers spell max_characters: the vendor's OpenAPI document has it wrong. */
  misspelt: boolean;
  /** Whether times have seconds: the vendor's samples have none. */
  seconds: boolean;
}

const firstId = 301;
const kinds = ['Store coupons', 'Newsletter', 'Loyalty', 'Winter vouchers', 'Refer a friend', 'Birthday'] as const;

export function generatedPools(options: GeneratedOptions): RecordSource {
  const idOf = (index: number) => String(firstId + index);
  return { size: options.pools, idOf, textOf: (index) => JSON.stringify(poolAt(index, options)) };
}

function poolAt(index: number, { seed, companyKey, misspelt, seconds }: GeneratedOptions) {
  const random = new Random(seed, index);
  const id = firstId + index;
  const total = 100 + random.below(4900);
  const issued = random.below(Math.floor(total * 0.7));
  const max = 8 + random.below(40);
  const created = timeOf(Date.UTC(2025, 0, 1) + random.below(300) * 86_400_000 + random.below(86_400) * 1000, seconds);
  const round = Math.floor(index / kinds.length);
  return {
    id,
    name: `${kinds[index % kinds.length]}${round === 0 ? '' : ` ${round + 1}`}`,
    issuance_allowed: !random.oneIn(9),
    redemption_allowed: !random.oneIn(7),
    incentive_codes: {
      total,
      issued,
      remaining: total - issued,
      low_threshold: 10 * random.below(30),
      ...(misspelt ? { max_charachters: max } : { max_characters: max }),
    },
    distribution: { method: random.oneIn(5) ? 'multi' : 'unique' },
    notification_email_address: `campaigns${random.below(5)}@example.test`,
    created_at: created,
    updated_at: created,
    url: `/companies/${companyKey}/incentives/pools/${id}`,
    // Not documented: what a client does not know it has to let be.
    labels: [`label-${random.below(4)}`],
  };
}

/** ISO 8601 in UTC, to the minute as in the vendor's samples, or to the second. */
export function timeOf(milliseconds: number, seconds: boolean): string {
  return `${new Date(milliseconds).toISOString().slice(0, seconds ? 19 : 16)}Z`;
}
