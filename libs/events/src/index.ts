export {
  ContractComparison,
  type ContractChange,
  type Drift,
  type DriftedField,
  type Side,
} from './contracts/comparison.js';
export type { Contracts } from './contracts/contract.js';
export { contractSchema } from './contracts/contract-schema.js';
export { fieldText } from './decode.js';
export { buildContracts } from './contracts/dto-contract.js';
export { schemaContract, SchemaError } from './contracts/schema-contract.js';
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
