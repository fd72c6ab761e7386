export { runHostile, type HostileOptions } from './run.js';
