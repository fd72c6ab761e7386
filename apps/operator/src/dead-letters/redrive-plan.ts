import type { EventValidator } from '#events';
import type { DeadLetterEntry, DeadLetterStatus } from '#warehouse';
import { patched, type FieldPatch } from './field-patch.js';

/** Why a letter is not sent, in the order of the checks. */
export const LEFT_OUT = {
  'not-in-table': 'not in the table: already stored, or not written yet',
  stored: 'already stored',
  resolved: 'already resolved; --status resolved sends them anyway',
  redriven: 'already sent; --status redriven sends them again, and each is stored once',
  'too-many-attempts': 'reached --max-attempts',
  'value-cut-off':
    'too large for the table, which has only the beginning of the value; --from topic may have all of it',
  'value-not-in-topic':
    'too large for the dead-letter topic; the table has the value: leave out --from topic',
  'not-whole': 'key or headers were too large and are incomplete; --force sends what was kept',
  'no-value': 'no value',
  'not-an-object': 'not a JSON object, so --set has no fields to change',
  'would-fail-again': 'would fail again; --set replaces a field, --force sends them anyway',
  'too-large': 'too large for their topic',
} as const;
export type LeftOut = keyof typeof LEFT_OUT;

export type Plan = { kind: 'send'; value: Buffer } | { kind: 'leave'; why: LeftOut };

export interface PlanOptions {
  /** The statuses that the user named explicitly; letters of other statuses are not sent again. */
  statuses: readonly DeadLetterStatus[];
  patches: readonly FieldPatch[];
  maxAttempts: number;
  /** Also sends events that the contract still rejects. */
  force: boolean;
}

/** Decides which letters to send. Pure: it sends nothing. */
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
