export { report } from './report.js';
export { runChaos, type ChaosOptions } from './run.js';
