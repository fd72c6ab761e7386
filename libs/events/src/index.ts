export { contractSchema } from './contract-schema.js';
export { EventValidator } from './event-validator.js';
export { DTO_CLASSES, EVENT_LABELS } from './event-types.js';
export type { EventLabel } from './event-types.js';
export * from './validation-result.js';
