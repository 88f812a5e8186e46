/** The gRPC status codes we tell apart. */
export const grpcStatus = {
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The gRPC status code of an error or of what caused it; undefined where there is none. */
export function grpcCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'number') return error.code;
  return grpcCode(error.cause);
}

/** True while the server (or the way to it) is down: trying again later makes sense. */
export function isOutage(error: unknown): boolean {
  const code = grpcCode(error);
  return code === grpcStatus.unavailable || code === grpcStatus.deadlineExceeded;
}
