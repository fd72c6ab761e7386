import { jsonType } from '../json.js';
import type { JsonObject } from '../json.js';
import type { FieldFault } from '../validation-result.js';
import type { Contract, Contracts } from './contract.js';

/** The differences between an event and its contract. */
export interface Findings {
  /** One fault for each required field that is absent, null or breaks its rules. */
  faults: FieldFault[];
  /** The number of optional fields that break their rules. Null counts as absent. */
  invalidOptionalFields: number;
  /** The number of fields that the contract does not declare. */
  unknownFields: number;
}

/** The field that names the contract. Part of every contract, though no DTO declares it. */
export const EVENT_TYPE_FIELD = 'event_type';

/**
 * The fast path: returns the contract that the event satisfies completely, or null if there is none or only
 * {@link validate} can decide.
 */
export function satisfiedContract(contracts: Contracts, event: JsonObject): Contract | null {
  const named = event[EVENT_TYPE_FIELD];
  const contract = typeof named === 'string' ? contracts.get(named) : undefined;
  if (contract === undefined) return null;
  return contract.isSatisfiedBy(event) && countUnknown(event, contract.fields) === 0 ? contract : null;
}

/** Compares an event with the contract of its type. What the compiled schema accepts is valid, and this check is cheap. */
export function validate(contract: Contract, event: JsonObject): Findings {
  const findings: Findings = {
    faults: [],
    invalidOptionalFields: 0,
    unknownFields: countUnknown(event, contract.fields),
  };
  if (contract.isSatisfiedBy(event)) return findings;
  for (const { field, isOptional, rules } of contract.broken(event)) {
    if (isOptional) findings.invalidOptionalFields += 1;
    else for (const [rule, expected] of rules) findings.faults.push(fault(event, field, rule, expected));
  }
  return findings;
}

function fault(event: JsonObject, field: string, rule: string, expected: string): FieldFault {
  const actualType = Object.hasOwn(event, field) ? jsonType(event[field]) : 'absent';
  const missing = actualType === 'absent' || actualType === 'null';
  return { field, rule: missing ? 'isDefined' : rule, expected, actualType };
}

function countUnknown(event: JsonObject, fields: Contract['fields']): number {
  let unknown = 0;
  // Faster than Object.keys, and safe: an object from JSON.parse inherits no enumerable properties.
  for (const field in event) {
    if (field !== EVENT_TYPE_FIELD && !fields.has(field)) unknown += 1;
  }
  return unknown;
}
