export { exportSync } from './export-sync.ts';
export { portfolioSync } from './portfolio-sync.ts';
export { scheduledSync } from './scheduled-sync.ts';
