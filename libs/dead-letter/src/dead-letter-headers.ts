import { ATTEMPT_HEADER } from '#pipeline';

/** The headers that a dead letter has in addition to those of its message. */
export const HEADER = {
  errorType: 'dlq.error.type',
  reason: 'dlq.error.reason',
  /** The field faults as a JSON array. */
  details: 'dlq.error.details',
  sourceTopic: 'dlq.source.topic',
  sourcePartition: 'dlq.source.partition',
  sourceOffset: 'dlq.source.offset',
  /** Milliseconds since 1970. */
  sourceTimestamp: 'dlq.source.timestamp',
  /** Empty if the event has no type. */
  eventType: 'dlq.event.type',
  group: 'dlq.group',
  attempt: ATTEMPT_HEADER,
  /** ISO 8601. */
  failedAt: 'dlq.failed.at',
  /** Set if the value is missing or incomplete: the topic cannot hold it, or it was never read completely. */
  valueOmitted: 'dlq.value.omitted',
  valueBytes: 'dlq.value.bytes',
  /** The same for the key. */
  keyOmitted: 'dlq.key.omitted',
  keyBytes: 'dlq.key.bytes',
  /** The hexadecimal hash of the complete value, if the value was never read completely. */
  valueSha256: 'dlq.value.sha256',
  /** The number of the message's own headers that were omitted; set only if there are any. */
  headersOmitted: 'dlq.headers.omitted',
} as const;
