export interface FindResultsInput {
  connection: string;
  stream: string;
  runId: string;
  again: boolean;
  firstContact: boolean;
}
export interface FoundResults {
  left: number;
}
