import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import { failure, invalid, isTransferAnswer } from '../kpi.ts';
import type { Transfer } from '../transfer.ts';
import { transfers } from './scope.ts';

const texts = z.array(z.string()).default([]);

/** Refuses every transfer in which one of these stands; none of its elements is taken. */
export const refuse = faultKind(
  'refuse',
  z.strictObject({
    kind: z.literal('refuse'),
    ...transfers,
    users: texts,
    locations: texts,
    /** Of elements. */
    ids: z.array(z.int()).default([]),
    /** Whether the answer says where it stands. */
    naming: z.boolean().default(true),
    status: z.int().min(400).max(499).default(422),
  }),
  (rule) => ({
    change: (answer) => {
      const places = isTransferAnswer(answer) ? placesIn(answer.transfer, rule) : [];
      if (places.length === 0) return answer;
      if (rule.status !== 422) return failure(rule.status, rule.naming ? places.join(', ') : 'Refused.');
      const named = rule.naming ? places : ['data'];
      return invalid(Object.fromEntries(named.map((place) => [place, [`The selected ${place} is invalid.`]])));
    },
  }),
);

interface Rule {
  users: readonly string[];
  locations: readonly string[];
  ids: readonly number[];
}

function placesIn({ data }: Transfer, { users, locations, ids }: Rule): string[] {
  return data.flatMap(({ user_id: user, location_id: location, elements }, index) => [
    ...(user !== undefined && users.includes(user) ? [`data.${index}.user_id`] : []),
    ...(location !== undefined && locations.includes(location) ? [`data.${index}.location_id`] : []),
    ...elements.flatMap(({ id }, at) => (ids.includes(id) ? [`data.${index}.elements.${at}.id`] : [])),
  ]);
}
