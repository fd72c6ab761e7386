import { ATTEMPT_HEADER } from '#pipeline';

/** What a record of the dead-letter topic says of its message, beside the message's own headers. */
export const HEADER = {
  errorType: 'dlq.error.type',
  reason: 'dlq.error.reason',
  /** JSON: the array of field faults. */
  details: 'dlq.error.details',
  sourceTopic: 'dlq.source.topic',
  sourcePartition: 'dlq.source.partition',
  sourceOffset: 'dlq.source.offset',
  /** Milliseconds since 1970. */
  sourceTimestamp: 'dlq.source.timestamp',
  /** Empty where the event names none. */
  eventType: 'dlq.event.type',
  group: 'dlq.group',
  attempt: ATTEMPT_HEADER,
  /** ISO 8601. */
  failedAt: 'dlq.failed.at',
  /** Only where the value is not here, or not all of it: the topic cannot hold it, or it was never read whole. */
  valueOmitted: 'dlq.value.omitted',
  valueBytes: 'dlq.value.bytes',
  /** The same for the key. */
  keyOmitted: 'dlq.key.omitted',
  keyBytes: 'dlq.key.bytes',
  /** Of all of a value that was never read whole, in hexadecimal. */
  valueSha256: 'dlq.value.sha256',
  /** How many of the message's own headers were left out; only where some were. */
  headersOmitted: 'dlq.headers.omitted',
} as const;
