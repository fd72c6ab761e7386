export { eventually } from './eventually.js';
export { MemoryDeadLetterTopic } from './in-memory/memory-dead-letter-topic.js';
export { MemoryLog } from './in-memory/memory-log.js';
export { MemoryWarehouse } from './in-memory/memory-warehouse.js';
export { RecordingObserver } from './in-memory/recording-observer.js';
export * from './snowflake-endpoint/index.js';
