import { Random } from '../../random.ts';
import type { RecordSource } from '../../records.ts';
import { type Portfolio, projectId, projectTitle } from './portfolio.ts';
import { account, customDataPoints, date, moment, note, person, streamSeed } from './values.ts';

const statuses = ['Active', 'Draft', 'Closed', 'On hold – board', 'Под вопросом'] as const;

/** Every documented field of a project, and two that are not: `external_reference` and `tags`. */
export function projects(portfolio: Portfolio): RecordSource {
  return {
    size: portfolio.sizes.projects,
    idOf: (index) => String(projectId(index)),
    textOf: (index) => project(portfolio, index),
  };
}

function project({ seed, creditsOfProject }: Portfolio, index: number): string {
  const random = new Random(seed, streamSeed.projects, index);
  const end = random.oneIn(6) ? 'null' : date(random, 2025, 4);
  return (
    `{"id":${projectId(index)},"created_at":${moment(random, 2021, 2)},"updated_at":${moment(random, 2023, 2)}` +
    `,"status":"${random.pick(statuses)}","account":${account(random)},"created_by":${person(random)}` +
    `,"title":${projectTitle(seed, index)},"description":${note(random)}` +
    `,"date_project_start":${date(random, 2021, 4)},"date_project_end":${end}` +
    `,"credits":{"item_count":${creditsOfProject[index] ?? 0}},"custom_data_points":${customDataPoints(random)}` +
    `,"external_reference":"EXT-${random.below(1e9)}","tags":["wave-${random.below(5)}"]}`
  );
}
