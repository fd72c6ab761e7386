export { chunked, keyText } from './letters/chunks.js';
export { letterFaults, valueText, type LetterFaults } from './letters/letter-faults.js';
export { actionJson, groupJson, letterJson, time } from './letters/letter-json.js';
export { planJson } from './letters/plan-json.js';
export {
  DEFAULT_MAX_ATTEMPTS,
  keptBytes,
  RedrivePlanner,
  type Candidate,
  type LeftOut,
  type Plan,
  type PlanOptions,
} from './redrive-plan.js';
export { findUnsettled, resolveLetters } from './resolve-letters.js';
export {
  chunkLetters,
  DEFAULT_RATE,
  sendLetters,
  type RedriveReport,
  type RedriveWork,
} from './send-letters.js';
export { parsePatch, type FieldPatch } from './values/field-patch.js';
export { valueChanges, type ValueChange } from './values/value-changes.js';
