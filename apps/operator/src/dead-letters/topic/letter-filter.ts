import { isUtf8 } from 'node:buffer';
import { coordinatesText } from '#pipeline';
import { MAX_SEARCHED_LENGTH, type DeadLetterEntry, type DeadLetterFilter } from '#warehouse';
import { PRODUCER, producerInHeader } from '../../producer.js';

/** Matches letters the way the table's queries do, except by status, which the topic does not have. */
export function letterFilter(filter: DeadLetterFilter): (letter: DeadLetterEntry) => boolean {
  const { errorType, eventType, field, producer, topic, partition, offsets } = filter;
  const { failedSinceMs, failedBeforeMs } = filter;
  const ids = filter.ids && new Set(filter.ids.map(coordinatesText));
  return (letter) =>
    (errorType === null || letter.errorType === errorType) &&
    (eventType === null || letter.eventType === eventType) &&
    (topic === null || letter.topic === topic) &&
    (partition === null || letter.partition === partition) &&
    (offsets === null || (letter.offset >= offsets.first && letter.offset <= offsets.last)) &&
    (failedSinceMs === null || letter.failedAtMs >= failedSinceMs) &&
    (failedBeforeMs === null || letter.failedAtMs < failedBeforeMs) &&
    (ids?.has(coordinatesText(letter)) ?? true) &&
    (field === null || letter.details.some((fault) => fault.field === field)) &&
    (producer === null || producerOf(letter) === producer);
}

/** The producer that a header or the event names. */
export function producerOf({ headers, value }: DeadLetterEntry): string | null {
  const header = headers.find(({ name }) => name === PRODUCER)?.value ?? null;
  if (header !== null) return producerInHeader(header);
  if (value.kind !== 'whole' || value.bytes.length > MAX_SEARCHED_LENGTH || !isUtf8(value.bytes)) return null;
  try {
    const event = JSON.parse(value.bytes.toString('utf8')) as Record<string, unknown> | null;
    const named = event?.[PRODUCER] ?? null;
    return named === null || typeof named === 'string' ? named : JSON.stringify(named);
  } catch {
    return null;
  }
}
