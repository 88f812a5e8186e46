import { Random } from '../../random.ts';
import type { RecordSource } from '../../records.ts';
import { creditId, type Portfolio, projectId, projectTitle } from './portfolio.ts';
import {
  account,
  currency,
  customDataPoints,
  date,
  framework,
  hundredths,
  jurisdiction,
  legalEntity,
  moment,
  note,
  person,
  programTitle,
  streamSeed,
} from './values.ts';

const statuses = ['Open', 'Certified', 'Exhausted', 'Expired', 'Prüfung läuft'] as const;
const types = ['Non-refundable', 'Refundable', 'Transferable'] as const;

/** Every documented field of a credit, and the amounts, dates and notes that real ones probably have. */
export function credits(portfolio: Portfolio): RecordSource {
  return {
    size: portfolio.sizes.credits,
    idOf: (index) => String(creditId(index)),
    textOf: (index) => credit(portfolio, index),
  };
}

function credit({ seed, projectOfCredit, utilizationsOfCredit }: Portfolio, index: number): string {
  const random = new Random(seed, streamSeed.credits, index);
  const project = projectOfCredit[index] ?? 0;
  const place = jurisdiction(random);
  const expires = random.oneIn(4) ? 'null' : date(random, 2028, 8);
  return (
    `{"id":${creditId(index)},"created_at":${moment(random, 2022, 2)},"updated_at":${moment(random, 2024, 1)}` +
    `,"status":"${random.pick(statuses)}","account":${account(random)},"created_by":${person(random)}` +
    `,"project":{"id":${projectId(project)},"title":${projectTitle(seed, project)}}` +
    `,"incentive_program":{"title":${programTitle(random)},"jurisdiction":${place}}` +
    `,"incentive_settings":${settings(random)},"jurisdiction":${place},"local_currency":${currency(random).text}` +
    `,"utilizations":{"item_count":${utilizationsOfCredit[index] ?? 0}}` +
    `,"amount":{"local":{"gross_total":${hundredths(random.below(1e9))}}},"expires_on":${expires}` +
    `,"legal_entity":${legalEntity(random)},"notes":${note(random)}` +
    `,"custom_data_points":${customDataPoints(random)}}`
  );
}

function settings(random: Random): string {
  const years = random.oneIn(5) ? 'null' : String(random.below(21));
  return `{"type":"${random.pick(types)}","carry_forward_years":${years},"legislative_framework":${framework(random)}}`;
}
