export { portfolioSync } from './portfolio-sync.ts';
export { scheduledSync } from './scheduled-sync.ts';
