import type { EventValidator } from '#events';
import type { DeadLetterEntry, DeadLetterStatus } from '#warehouse';
import { patched, type FieldPatch } from './field-patch.js';

/** Why a letter is not sent, in the order in which they are looked for. */
export const LEFT_OUT = {
  'not-in-table': 'not in the table: stored after all, or about to be written there',
  stored: 'stored already',
  resolved: 'resolved already; --status resolved sends them all the same',
  redriven: 'sent already; --status redriven sends them once more, and each is stored once',
  'too-many-attempts': 'failed as often as --max-attempts allows',
  'value-cut-off':
    'too large for the table, which keeps only the beginning of their value; --from topic may have all',
  'value-not-in-topic':
    'too large for the dead-letter topic; the table has their value: leave out --from topic',
  'not-whole':
    'whose key or headers are not all there, as they were too large; --force sends what there is of them',
  'no-value': 'without a value',
  'not-an-object': 'no JSON object, so that --set has no fields to work on',
  'would-fail-again': 'would fail again as they are; --set mends a field, --force sends them all the same',
  'too-large': 'too large for their topic',
} as const;
export type LeftOut = keyof typeof LEFT_OUT;

export type Plan = { kind: 'send'; value: Buffer } | { kind: 'leave'; why: LeftOut };

export interface PlanOptions {
  /** The statuses that were asked for by name; the others are not sent again. */
  statuses: readonly DeadLetterStatus[];
  patches: readonly FieldPatch[];
  maxAttempts: number;
  /** Sends also what the contract still refuses. */
  force: boolean;
}

/** Decides what becomes of letters. Pure: it sends nothing. */
export class RedrivePlanner {
  constructor(
    private readonly validator: EventValidator,
    private readonly options: PlanOptions,
  ) {}

  plan({ status, attempt, value, keyCutOff, headersOmitted }: DeadLetterEntry): Plan {
    const { statuses, patches, maxAttempts, force } = this.options;
    if (status === null) return leave('not-in-table');
    if (status === 'stored') return leave('stored');
    if (status !== 'open' && !statuses.includes(status)) return leave(status);
    if (attempt >= maxAttempts) return leave('too-many-attempts');
    if (value.kind === 'prefix') return leave('value-cut-off');
    if (value.kind === 'omitted') return leave('value-not-in-topic');
    if (value.kind === 'none') return leave('no-value');
    if (!force && (keyCutOff !== null || headersOmitted > 0)) return leave('not-whole');
    const bytes = patches.length === 0 ? value.bytes : patched(value.bytes, patches);
    if (bytes === null) return leave('not-an-object');
    if (!force && this.validator.validate(bytes).kind === 'reject') return leave('would-fail-again');
    return { kind: 'send', value: bytes };
  }
}

function leave(why: LeftOut): Plan {
  return { kind: 'leave', why };
}
