export interface FetchResultInput {
  connection: string;
  stream: string;
  runId: string;
  firstContact: boolean;
}
export interface FetchedResult {
  resultId: string;
  createdAt: string;
  gone: boolean;
}
