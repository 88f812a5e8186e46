import type { StreamCounts } from '../receipt.ts';
export interface LoadResultInput {
  connection: string;
  stream: string;
  runId: string;
  runSequence: number;
  lease: number;
  resultId: string;
  rewrite: boolean;
  firstContact: boolean;
}
export interface LoadedResult {
  done: boolean;
  counts: StreamCounts;
}
