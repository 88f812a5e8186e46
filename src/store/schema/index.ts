export * from './atobi.ts';
export * from './incentify.ts';
export * from './neoday.ts';
export * from './sync.ts';
export * from './vibes.ts';
