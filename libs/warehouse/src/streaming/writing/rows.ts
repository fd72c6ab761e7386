import type { DeadLetter, StoredRow } from '#pipeline';
import { toDeadLetterRecord } from '../../rows/dead-letter-record.js';
import { toEventRow } from '../../rows/event-row.js';

/** A row of RAW_EVENTS_STREAM as its pipe reads it: one line of JSON, with the column's names. */
export function eventLine(row: StoredRow): string {
  const { eventType, productId, customerId, metadata, content } = toEventRow(row);
  return JSON.stringify({
    EVENT_TYPE: eventType,
    PRODUCT_ID: productId,
    CUSTOMER_ID: customerId,
    EVENT_METADATA: metadata,
    EVENT_CONTENT: content,
  });
}

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
