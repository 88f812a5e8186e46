import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { searchAttributeNames } from './names.ts';

/** Then the namespace knows them; where it does not, naming them would hold the workflow up for ever. */
export function startedWithAttributes(): boolean {
  const key = defineSearchAttributeKey(searchAttributeNames.status, SearchAttributeType.KEYWORD);
  return workflowInfo().typedSearchAttributes.get(key) !== undefined;
}

/** Sets attributes of type Keyword. */
export function setAttributes(values: Readonly<Record<string, string>>): void {
  upsertSearchAttributes(
    Object.entries(values).map(([name, value]) => ({
      key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      value,
    })),
  );
}
