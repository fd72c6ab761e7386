import type { DeadLetter } from '#pipeline';
import { toDeadLetterRecord } from '../../rows/dead-letter-record.js';

/** A row of SALES_EVENTS_DLQ as its pipe reads it. */
export function letterLine(letter: DeadLetter, maxValueBytes: number): string {
  const record = toDeadLetterRecord(letter, maxValueBytes);
  return JSON.stringify({
    ERROR_TYPE: record.errorType,
    ERROR_REASON: record.errorReason,
    ERROR_DETAILS: record.errorDetails,
    EVENT_TYPE: record.eventType,
    ORIGINAL_VALUE: record.originalValue,
    VALUE_ENCODING: record.valueEncoding,
    ORIGINAL_KEY: record.originalKey,
    KEY_ENCODING: record.keyEncoding,
    HEADERS: record.headers,
    EVENT_METADATA: record.metadata,
    ATTEMPT: record.attempt,
    FAILED_AT: record.failedAtMs,
  });
}
