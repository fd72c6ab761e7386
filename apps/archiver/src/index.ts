export { LakeRepository } from './archive/lake-repository.js';
export { RecordEncoder } from './archive/record-encoder.js';
export { LakeMetrics } from './telemetry/lake-metrics.js';
export { parseCommandLine } from './command-line.js';
