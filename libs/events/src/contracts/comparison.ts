import type { EventValidator } from '../event-validator.js';
import type { JsonObject } from '../json.js';
import type { Accepted, Rejected } from '../validation-result.js';
import type { Contract, Contracts } from './contract.js';
import { EVENT_TYPE_FIELD } from './validate.js';

/** How a field of a stored event relates to its contract, compared with before. */
export const DRIFTS = [
  'newly unknown',
  'no longer unknown',
  'newly invalid',
  'no longer invalid',
  'newly without contract',
  'newly with contract',
] as const;
export type Drift = (typeof DRIFTS)[number];

export interface DriftedField {
  field: string;
  drift: Drift;
}

/** What a change of the contracts means for one value. */
export type ContractChange =
  | { kind: 'none'; outcome: 'stored' | 'dead' | 'skipped' }
  | { kind: 'newly-dead' | 'rescued'; rejected: Rejected; event: JsonObject }
  | { kind: 'drifted'; eventType: string | null; fields: DriftedField[]; event: JsonObject };

/** One side of a comparison. */
export interface Side {
  validator: EventValidator;
  /** Those of the validator. */
  contracts: Contracts;
}

/** The contracts of one event type before and after, and the fields that only one of them declares. */
interface Pair {
  before: Contract | undefined;
  after: Contract | undefined;
  removed: string[];
  added: string[];
}

/**
 * Compares what the service would do under two sets of contracts. The same values are decoded once, with the limits of
 * `before`; the columns of a row never depend on the contracts.
 */
export class ContractComparison {
  readonly #pairs: ReadonlyMap<string, Pair>;

  constructor(
    private readonly before: Side,
    private readonly after: Side,
  ) {
    const types = new Set([...before.contracts.keys(), ...after.contracts.keys()]);
    this.#pairs = new Map(
      Array.from(types, (type) => [type, pairOf(before.contracts.get(type), after.contracts.get(type))]),
    );
  }

  /** Never throws, whatever the bytes. */
  compare(value: Buffer | null): ContractChange {
    if (value === null) return { kind: 'none', outcome: 'skipped' };
    const decoded = this.before.validator.decode(value);
    if (decoded.kind === 'refused') return { kind: 'none', outcome: 'dead' };
    const event = decoded.object;
    const before = this.before.validator.validateObject(event, value);
    const after = this.after.validator.validateObject(event, value);
    if (before.kind === 'reject')
      return after.kind === 'reject'
        ? { kind: 'none', outcome: 'dead' }
        : { kind: 'rescued', rejected: before, event };
    if (after.kind === 'reject') return { kind: 'newly-dead', rejected: after, event };
    const { eventType } = before;
    const pair = eventType === null ? undefined : this.#pairs.get(eventType);
    const fields = pair === undefined ? [] : driftedFields(pair, event, before, after);
    return fields.length === 0
      ? { kind: 'none', outcome: 'stored' }
      : { kind: 'drifted', eventType, fields, event };
  }
}

function pairOf(before: Contract | undefined, after: Contract | undefined): Pair {
  const only = (one: Contract | undefined, other: Contract | undefined) =>
    one === undefined || other === undefined
      ? []
      : [...one.fields.keys()].filter((field) => !other.fields.has(field));
  return { before, after, removed: only(before, after), added: only(after, before) };
}

function driftedFields(
  { before, after, removed, added }: Pair,
  event: JsonObject,
  accepted: Accepted,
  acceptedAfter: Accepted,
): DriftedField[] {
  const fields: DriftedField[] = [];
  const present = (names: readonly string[], drift: Drift) => {
    for (const field of names) if (Object.hasOwn(event, field)) fields.push({ field, drift });
  };
  if (after === undefined) present([EVENT_TYPE_FIELD], 'newly without contract');
  if (before === undefined) present([EVENT_TYPE_FIELD], 'newly with contract');
  present(removed, 'newly unknown');
  present(added, 'no longer unknown');
  const invalidBefore = accepted.invalidOptionalFields === 0 ? NONE : invalidOptional(before, event);
  const invalidAfter = acceptedAfter.invalidOptionalFields === 0 ? NONE : invalidOptional(after, event);
  for (const field of invalidAfter) {
    if (!invalidBefore.has(field)) fields.push({ field, drift: 'newly invalid' });
  }
  for (const field of invalidBefore) {
    if (!invalidAfter.has(field) && after?.fields.has(field) === true)
      fields.push({ field, drift: 'no longer invalid' });
  }
  return fields;
}

const NONE: ReadonlySet<string> = new Set();

function invalidOptional(contract: Contract | undefined, event: JsonObject): ReadonlySet<string> {
  if (contract === undefined) return NONE;
  return new Set(
    contract
      .broken(event)
      .filter(({ isOptional }) => isOptional)
      .map(({ field }) => field),
  );
}
