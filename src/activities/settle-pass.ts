import { type PassFindings, tellsMissing } from '../rules.ts';
import type { Store } from '../store/connect.ts';
import { countPass, noteMissing, type Pass, type PassMissing } from '../store/settle.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { tableOf } from './streams.ts';

/** What a pass that has read its last page has shown, and what it has not. */
export interface SettledPass {
  findings: PassFindings;
  missing: PassMissing;
}

export const createSettlePass = ({ store, redact }: ActivityDependencies) =>
  /** Looks once more at a pass that was read to its end; `readPages` does it by itself when it reads the last page. */
  function settlePass(pass: Pass): Promise<SettledPass> {
    return withDatabase(redact, () => settle(store, pass));
  };

/**
 * Counts what a pass that has read its last page has shown, and notes which rows it did not show. Only a complete pass,
 * all of whose records told their ids, can tell that a row is missing. Repeating it changes nothing.
 */
export async function settle({ sql }: Store, pass: Pass): Promise<SettledPass> {
  const findings = await countPass(sql, pass);
  const missing = await noteMissing(sql, tableOf(pass.stream), pass, tellsMissing(findings));
  return { findings, missing };
}
