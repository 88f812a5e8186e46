import type { Client } from '@temporalio/client';
import { grpcCode, grpcStatus } from './grpc.ts';

/** `retentionSeconds`: how long a run that has ended can be looked at; null where Temporal does not tell. */
export type NamespaceState = { found: true; retentionSeconds: number | null } | { found: false };

/** The namespace of the client. Where we may not ask for it, it is taken to be there. */
export async function lookAtNamespace(client: Client): Promise<NamespaceState> {
  try {
    const { config } = await client.connection.workflowService.describeNamespace({
      namespace: client.options.namespace,
    });
    const seconds = config?.workflowExecutionRetentionTtl?.seconds;
    return { found: true, retentionSeconds: seconds == null ? null : Number(seconds) };
  } catch (error) {
    const code = grpcCode(error);
    if (code === grpcStatus.notFound) return { found: false };
    if (code === grpcStatus.permissionDenied) return { found: true, retentionSeconds: null };
    throw error;
  }
}
