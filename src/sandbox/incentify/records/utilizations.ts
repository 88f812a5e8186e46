import { Random } from '../../random.ts';
import type { RecordSource } from '../../records.ts';
import { creditId, type Portfolio, projectId, projectTitle, utilizationId } from './portfolio.ts';
import { account, currency, date, hundredths, legalEntity, moment, note, person, site, streamSeed } from './values.ts';

const statuses = ['Open', 'Planned', 'Utilized', 'Cancelled'] as const;
const types = ['Refund', 'Offset', 'Sale', 'Übertragung'] as const;

/** Every documented field of a utilization, and one that is not: `approval`. */
export function utilizations(portfolio: Portfolio): RecordSource {
  return {
    size: portfolio.sizes.utilizations,
    idOf: (index) => String(utilizationId(index)),
    textOf: (index) => utilization(portfolio, index),
  };
}

function utilization({ seed, projectOfCredit, creditOfUtilization }: Portfolio, index: number): string {
  const random = new Random(seed, streamSeed.utilizations, index);
  const credit = creditOfUtilization[index] ?? 0;
  const project = projectOfCredit[credit] ?? 0;
  const money = currency(random);
  const actualDate = random.oneIn(3) ? 'null' : date(random, 2024, 2);
  return (
    `{"id":${utilizationId(index)},"created_at":${moment(random, 2022, 2)},"updated_at":${moment(random, 2024, 1)}` +
    `,"status":"${random.pick(statuses)}","type":"${random.pick(types)}","account":${account(random)}` +
    `,"created_by":${person(random)},"project":{"id":${projectId(project)},"title":${projectTitle(seed, project)}}` +
    `,"credit":{"id":${creditId(credit)}},"local_currency":${money.text}` +
    `,"estimate":{"date":${date(random, 2024, 2)},"amount":${amount(random, money.usdRate)}}` +
    `,"actual":{"date":${actualDate},"amount":${amount(random, money.usdRate)}}` +
    `,"current_percentage_of_credit_amount":${random.below(101)}` +
    `,"variance":{"actual_to_estimate":{"base_amount":${random.below(2e6) - 1e6}` +
    `,"base_amount_percentage":${random.below(200) - 100}}}` +
    `,"notes":${note(random)},"legal_entity":${legalEntity(random)},"site":${site(random)}` +
    `,"approval":{"required":${random.oneIn(2)},"steps":[]}}`
  );
}

function amount(random: Random, usdRate: string): string {
  const gross = random.below(1e9);
  const discount = Math.floor(gross / (10 + random.below(20)));
  return (
    `{"usd":{"gross_total":${hundredths(gross)},"exchange_rate":${usdRate}` +
    `,"discounted_value_as_percentage":${hundredths(random.below(10_001))},"discount_total":${hundredths(discount)}` +
    `,"net_total":${hundredths(gross - discount)}},"local":{"gross_total":${hundredths(random.below(1e9))}}}`
  );
}
