import { UsageError } from '../../failures.js';

/** Where a comparison continues. Partitions, and offsets within them, are compared in order. */
export interface Position {
  partition: number;
  offset: number;
}

/** `3@150000` */
export function parsePosition(option: string, text: string): Position {
  const [, partition, offset] = /^(\d{1,10})@(\d{1,15})$/.exec(text) ?? [];
  if (partition === undefined) {
    throw new UsageError(`${option} is "${text}"; expected a partition and an offset, such as 3@150000.`);
  }
  return { partition: Number(partition), offset: Number(offset) };
}

export function positionText({ partition, offset }: Position): string {
  return `${partition}@${offset}`;
}
