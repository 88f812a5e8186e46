export * from './incentify.ts';
export * from './neoday.ts';
export * from './sync.ts';
