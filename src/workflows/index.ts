export { applyPools } from './apply-pools.ts';
export { exportSync } from './export-sync.ts';
export { kpiPush } from './kpi-push.ts';
export { poolSync } from './pool-sync.ts';
export { portfolioSync } from './portfolio-sync.ts';
export { scheduledSync } from './scheduled-sync.ts';
