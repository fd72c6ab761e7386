export { contractSchema } from './contract-schema.js';
export { EventJudge } from './event-judge.js';
export { DTO_CLASSES, EVENT_LABELS } from './event-types.js';
export type { EventLabel } from './event-types.js';
export * from './verdict.js';
