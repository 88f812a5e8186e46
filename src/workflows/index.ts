export { applyPools } from './apply-pools.ts';
export { exportSync } from './export-sync.ts';
export { kpiPush } from './kpi-push.ts';
export { poolSync } from './pool-sync.ts';
export { portfolioSync } from './portfolio-sync.ts';
export { scheduledSync } from './scheduled-sync.ts';
export { sendAlerts } from './send-alerts.ts';
export { watchAlerts } from './watch-alerts.ts';
