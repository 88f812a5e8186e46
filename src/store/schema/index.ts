export * from './incentify.ts';
export * from './sync.ts';
