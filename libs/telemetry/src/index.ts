export { KafkaLog, kafkaLogCreator } from './kafka-log.js';
export { Metrics, type NotReadyReason } from './metrics.js';
export { lagMaxAgeMs, PipelineTelemetry } from './pipeline-telemetry.js';
export type { Log } from './pipeline-telemetry.js';
export type { RunStats } from './run-stats.js';
export { TelemetryModule } from './telemetry.module.js';
export { Tracing } from './tracing/tracing.js';
export { runText } from './words.js';
