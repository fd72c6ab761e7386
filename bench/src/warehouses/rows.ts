import type { Checkpoint } from '#pipeline';

/** A row by its columns' names; JSON as text or opened, moments as text, whichever the engine gives. */
export type Row = Readonly<Record<string, unknown>>;

export function toCheckpoint(row: Row): Checkpoint {
  const number = (name: string) => Number(row[name]);
  return {
    topic: String(row['TOPIC']),
    partition: number('PARTITION'),
    firstOffset: number('FIRST_OFFSET'),
    nextOffset: number('NEXT_OFFSET'),
    stored: number('STORED'),
    deadLettered: number('DEAD_LETTERED'),
    skipped: number('SKIPPED'),
    gaps: number('GAPS'),
    lost: number('LOST'),
    lastTimestampMs: null,
  };
}

/** The coordinates that the row's metadata states. */
export function coordinatesOf(row: Row): { partition: number; offset: number } {
  const metadata = row['EVENT_METADATA'];
  const { partition, offset } = (typeof metadata === 'string' ? JSON.parse(metadata) : metadata) as {
    partition: number;
    offset: number;
  };
  return { partition, offset };
}
