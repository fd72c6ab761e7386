export { contractSchema } from './contract-schema.js';
export {
  EventValidator,
  UNKNOWN_TYPE_POLICIES,
  type EventValidatorOptions,
  type UnknownTypePolicy,
} from './event-validator.js';
export { DTO_CLASSES, EVENT_LABELS, IDENTITY_FIELDS } from './event-types.js';
export type { EventLabel } from './event-types.js';
export { identityOf } from './identity.js';
export * from './validation-result.js';
