import { Random } from '../../random.ts';
import type { RecordSource } from '../../records.ts';
import { type Portfolio, programId } from './portfolio.ts';
import { date, hundredths, note, programJurisdictionOf, programTitle, streamSeed } from './values.ts';

const allowed = '{"is_allowed":true,"description":"Up to ten years"}';
const refused = '{"is_allowed":false,"description":""}';
const agency =
  '{"name":"Ministère des Finances","website_url":"https://agency.example.test","contacts":[{"id":1,"name":"Desk"' +
  ',"email":"desk@example.test","phone_1":"+1 555 0100","phone_2":null,"address":"1 Main St","website_url":null}]}';

/** Incentive programmes: no portfolio record points at one by id, so they stand for themselves. */
export function incentivePrograms({ seed, sizes }: Portfolio): RecordSource {
  return {
    size: sizes.incentivePrograms,
    idOf: (index) => String(programId(index)),
    textOf: (index) => program(new Random(seed, streamSeed.incentivePrograms, index), index),
  };
}

function program(random: Random, index: number): string {
  const sunset = random.oneIn(3) ? 'null' : date(random, 2026, 9);
  return (
    `{"id":${programId(index)},"name":${programTitle(random)},"legislative_status":"In force"` +
    `,"jurisdiction":${programJurisdictionOf(random)},"government_agency":${agency}` +
    `,"authority":{"name":"Revenue Authority","website_url":"https://authority.example.test"}` +
    `,"industries":["Film","Manufacturing"],"incentive_types":["Credit"],"tax_offset_types":[]` +
    `,"activity_types":["Production"],"geospecific":{"is_limited":${random.oneIn(2)},"description":""}` +
    `,"description":${note(random)},"qualified_expenditures":"Labour","amount":"${random.below(40)}%"` +
    `,"max_amount":"${hundredths(random.below(1e9))}","limitations":"","eligibility":${note(random)}` +
    `,"sunset_date":${sunset},"small_employers_exceptions":{"is_exception":false,"description":""}` +
    `,"priority_applies":"No","certification":{"is_required":true},"filing":{"is_required":true,"requirements":""}` +
    `,"monetization_timing":{"carryback":${refused},"carryforward":${allowed},"retroactive":${refused}}` +
    `,"recurring":true,"recapture":false,"exclusivity":false}`
  );
}
