import type { EventLabel } from '../event-types.js';
import type { JsonObject } from '../json.js';

/** The rules for the events of one type, whether they were written as a DTO class or as JSON Schema. */
export interface Contract {
  eventType: string;
  /** `other` if this build has no DTO class for the type. */
  label: EventLabel;
  /** Whether the event breaks no rule at all. It is cheap, and stricter than {@link broken}. */
  isSatisfiedBy: (event: JsonObject) => boolean;
  /** The fields that break their rules. */
  broken: (event: JsonObject) => BrokenField[];
  fields: ReadonlyMap<string, ContractField>;
}

export interface ContractField {
  isOptional: boolean;
}

export interface BrokenField {
  field: string;
  isOptional: boolean;
  /** The broken rules, and what they expect. */
  rules: [rule: string, expected: string][];
}

/** By event type. */
export type Contracts = ReadonlyMap<string, Contract>;
