import type { NewRecord } from '../kafka/record-batch.js';
import { POISON } from '../warehouse/simulated-warehouse.js';

/** Kinds of messages by their expected outcome. `poison`: only the warehouse refuses it. */
export type MessageKind = 'good' | 'bad' | 'poison' | 'tombstone';

export type Outcome = 'row' | 'letter' | 'skipped';

/** @param topic how often the topic was created before @param id makes the message unique */
export function messageOf(kind: MessageKind, topic: number, id: number): NewRecord {
  const key = Buffer.from(`key-${id % 40}`);
  const mark = `"topic":${topic},"id":${id}`;
  switch (kind) {
    case 'good':
      return { key, value: Buffer.from(`{${mark}}`) };
    case 'poison':
      return { key, value: Buffer.from(`{${mark},${POISON}:true}`) };
    case 'bad':
      return { key, value: Buffer.from(`no JSON: ${mark}`) };
    case 'tombstone':
      return { key, value: null };
  }
}

/** The expected outcome of a message. */
export function outcomeOf(value: string | null): Outcome {
  if (value === null) return 'skipped';
  return value.startsWith('{') && !value.includes(POISON) ? 'row' : 'letter';
}

/** How often the topic had been created before the one that the message was sent to; null if unknown. */
export function topicOf(value: string | null): number | null {
  const found = value === null ? null : /"topic":(\d+)/.exec(value);
  return found === null ? null : Number(found[1]);
}
