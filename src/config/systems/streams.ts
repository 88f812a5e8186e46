/**
 * Streams of Incentify in the order they are read: a credit names its project, a utilization its credit. No record names
 * a programme by id, so these come last, where they keep nobody waiting.
 */
export const incentifyStreams = ['projects', 'credits', 'utilizations', 'incentive_programs'] as const;
