import { FolderStore, Lake, toLine } from '#lake';
import type { Message } from '#pipeline';

/** A record of a lake; offsets without one are gaps. */
export type LakeMessage = Partial<Omit<Message, 'topic' | 'partition' | 'key' | 'value'>> & {
  offset: number;
  key?: string | null;
  value: string | null;
};

/** Time of the record at offset 0; one second passes with each offset. */
export const STARTED_MS = Date.UTC(2026, 0, 31);

/** Writes an object that covers [first, next) into a folder. */
export async function writeObject(
  folder: string,
  { topic, partition }: { topic: string; partition: number },
  { first, next, lost = 0 }: { first: number; next: number; lost?: number },
  messages: readonly LakeMessage[],
): Promise<void> {
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text));
  const records = messages.map(({ key = null, value, ...message }): Message => ({
    ...{ topic, partition, headers: {}, timestampMs: STARTED_MS + message.offset * 1_000 },
    ...message,
    key: bytes(key),
    value: bytes(value),
  }));
  const lines = records.map((record) => Buffer.from(toLine(record)));
  const last = records.at(-1);
  const lastTimestampMs = last?.offset === next - 1 ? Number(last.timestampMs) : null;
  const store = new FolderStore(folder);
  await store.check();
  const summary = { first, next, lost, lastTimestampMs, records: records.length };
  await new Lake(store).append({ topic, partition }, summary, lines);
  await store.close();
}
