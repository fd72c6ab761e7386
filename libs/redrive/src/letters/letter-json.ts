import { isUtf8 } from 'node:buffer';
import { coordinatesText, isTime, timestampJson } from '#pipeline';
import type { DeadLetterAction, DeadLetterEntry, DeadLetterGroup } from '#warehouse';

/** A dead letter as JSON: bytes as text if they are UTF-8, otherwise base64; times as ISO 8601. */
export function letterJson(letter: DeadLetterEntry) {
  const { topic, partition, offset, value } = letter;
  return {
    id: coordinatesText(letter),
    topic,
    partition,
    offset,
    timestamp: isTime(letter.timestampMs) ? time(letter.timestampMs) : null,
    timestampMs: timestampJson(letter.timestampMs),
    status: letter.status,
    errorType: letter.errorType,
    reason: letter.reason,
    faults: letter.details,
    eventType: letter.eventType,
    value: 'bytes' in value ? encoded(value.bytes) : null,
    ...(value.kind === 'prefix'
      ? { valueCutOff: { bytes: value.totalBytes, sha256: value.sha256 } }
      : undefined),
    ...(value.kind === 'omitted' ? { valueOmitted: { bytes: value.totalBytes } } : undefined),
    key: letter.key === null ? null : encoded(letter.key),
    ...(letter.keyCutOff && {
      keyCutOff: { bytes: letter.keyCutOff.totalBytes, sha256: letter.keyCutOff.sha256 },
    }),
    headers: letter.headers.map(({ name, value: bytes }) => ({
      name,
      ...(bytes === null ? { text: null } : encoded(bytes)),
    })),
    ...(letter.headersOmitted > 0 ? { headersOmitted: letter.headersOmitted } : undefined),
    attempt: letter.attempt,
    failedAt: time(letter.failedAtMs),
    redriveId: letter.redriveId,
    redrivenAt: time(letter.redrivenAtMs),
    storedAt: time(letter.storedAtMs),
    storedAs: letter.storedAs === null ? null : coordinatesText(letter.storedAs),
    resolvedAt: time(letter.resolvedAtMs),
    resolution: letter.resolution,
  };
}

export function actionJson({ atMs, ...action }: DeadLetterAction) {
  return { ...action, at: time(atMs) };
}

export function groupJson({ hourMs, firstFailedAtMs, lastFailedAtMs, last, ...group }: DeadLetterGroup) {
  return {
    ...group,
    ...(hourMs === undefined ? undefined : { hour: time(hourMs) }),
    firstFailedAt: time(firstFailedAtMs),
    lastFailedAt: time(lastFailedAtMs),
    last: coordinatesText(last),
  };
}

export function time(ms: number): string;
export function time(ms: number | null): string | null;
export function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function encoded(bytes: Buffer): { text: string } | { base64: string } {
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : { base64: bytes.toString('base64') };
}
