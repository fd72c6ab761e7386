import type { MessageValidator } from '#pipeline';
import type { DeadLetterEntry, DeadLetterStatus, OriginalValue } from '#warehouse';
import { patched, type FieldPatch } from './values/field-patch.js';

/** Why a letter is not sent, in the order of the checks. */
export const LEFT_OUT_REASONS = [
  'not-in-table',
  'stored',
  'resolved',
  'redriven',
  'too-many-attempts',
  'value-cut-off',
  'value-not-in-topic',
  'unchanged',
  'not-whole',
  'no-value',
  'not-an-object',
  'would-fail-again',
  'too-large',
] as const;
export type LeftOut = (typeof LEFT_OUT_REASONS)[number];

/** A letter that may be sent. */
export interface Candidate {
  letter: DeadLetterEntry;
  /** The value that the operator wrote for it; null if there is none. */
  repaired: Buffer | null;
}

/** What is sent, or why not. `rejection`: why this value would become a dead letter again; null if it would not. */
export type Plan =
  | { kind: 'send'; value: Buffer; rejection: string | null }
  | { kind: 'leave'; why: LeftOut; value: Buffer | null; rejection: string | null };

/** A letter that has failed this often is left out. */
export const DEFAULT_MAX_ATTEMPTS = 3;

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
    private readonly validator: Pick<MessageValidator, 'check'>,
    private readonly options: PlanOptions,
  ) {}

  plan({ letter, repaired }: Candidate): Plan {
    const { patches, force } = this.options;
    const refused = this.refusal(letter);
    if (refused !== null) return leave(refused);
    const value = repaired === null ? original(letter.value) : repairedValue(letter.value, repaired);
    if (typeof value === 'string') return leave(value);
    if (!force && (letter.keyCutOff !== null || letter.headersOmitted > 0)) return leave('not-whole');
    const bytes = patches.length === 0 ? value : patched(value, patches);
    if (bytes === null) return leave('not-an-object');
    const rejection = this.rejection(letter, bytes);
    if (!force && rejection !== null) {
      return { kind: 'leave', why: 'would-fail-again', value: bytes, rejection };
    }
    return { kind: 'send', value: bytes, rejection };
  }

  /** Why the letter is not sent whatever its value; null if its value decides. */
  refusal({ status, attempt }: DeadLetterEntry): LeftOut | null {
    const { statuses, maxAttempts } = this.options;
    if (status === null) return 'not-in-table';
    if (status === 'stored') return 'stored';
    if (status !== 'open' && !statuses.includes(status)) return status;
    return attempt >= maxAttempts ? 'too-many-attempts' : null;
  }

  /** Whether the service refused the letter and would store it now, as it is. What the warehouse refused it may refuse again. */
  rescues(letter: DeadLetterEntry): boolean {
    const value = original(letter.value);
    return (
      letter.errorType !== 'warehouse_rejected' &&
      typeof value !== 'string' &&
      this.rejection(letter, value) === null
    );
  }

  /** The service's own reason to reject this value; null if it would be stored. */
  rejection({ key, keyCutOff }: DeadLetterEntry, value: Buffer): string | null {
    const result = this.validator.check(value, keyCutOff?.totalBytes ?? key?.length ?? 0);
    return result.kind === 'reject' ? result.reason : null;
  }
}

function original(value: OriginalValue): Buffer | LeftOut {
  if (value.kind === 'prefix') return 'value-cut-off';
  if (value.kind === 'omitted') return 'value-not-in-topic';
  return value.kind === 'none' ? 'no-value' : value.bytes;
}

function repairedValue(value: OriginalValue, repaired: Buffer): Buffer | LeftOut {
  if (!repaired.equals(keptBytes(value))) return repaired;
  const before = original(value);
  return typeof before === 'string' ? before : 'unchanged';
}

/** What there is of the original value. */
export function keptBytes(value: OriginalValue): Buffer {
  return 'bytes' in value ? value.bytes : Buffer.alloc(0);
}

function leave(why: LeftOut): Plan {
  return { kind: 'leave', why, value: null, rejection: null };
}
