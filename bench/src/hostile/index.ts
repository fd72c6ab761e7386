export type { HostileOptions } from './options.js';
export { runHostile } from './run.js';
