import { BatchBuffer, Backoff, faultText, pause, rejectedLetters, withoutRows, type Batch } from '#pipeline';
import type { BatchLimits, MessageValidator } from '#pipeline';
import type { RowRestorer } from '#warehouse';
import { OperationError } from '../../failures.js';
import { fetchAt, type LakeAccess } from './lake-log.js';
import type { RunOptions } from './replay-run.js';
import type { LakeSpan } from './span.js';

export interface Restored {
  /** What the tables lacked, and hold now. */
  stored: number;
  deadLettered: number;
  /** Offsets whose dead letters an operator redrove or resolved, and which are deleted from the table. */
  handled: number;
  /** By partition, the offset before which nothing is missing any more, and the end of the span. */
  partitions: { partition: number; next: number; end: number }[];
}

export interface RestoreWork {
  access: LakeAccess;
  validator: MessageValidator;
  restorer: RowRestorer;
  /** By partition, offsets to leave out because an operator has handled their dead letters. */
  handled: ReadonlyMap<number, ReadonlySet<number>>;
  limits: BatchLimits;
}

/**
 * Stores of these spans what the tables lack. The spans are below the checkpoints, which do not move.
 *
 * @throws FaultError, OperationError; what was restored before remains, and running it again continues
 */
export async function restoreRows(
  work: RestoreWork,
  spans: readonly LakeSpan[],
  options: RunOptions,
): Promise<Restored> {
  const { access, validator, limits } = work;
  const restored: Restored = {
    ...{ stored: 0, deadLettered: 0, handled: 0 },
    partitions: spans.map(({ log, from, to }) => ({ partition: log.partition, next: from, end: to })),
  };
  const buffer = new BatchBuffer(limits, () => undefined);
  const write = (batch: Batch | null) =>
    batch === null ? undefined : restoreBatch(work, batch, restored, options);
  for (const span of spans) {
    let position = span.from;
    while (position < span.to && !options.isStopped()) {
      const fetched = await fetchAt(access, span.log, { from: position, to: span.to });
      let index = 0;
      do {
        const validated = validator.validate(fetched, index, position, buffer.room());
        buffer.add(validated.range);
        index = validated.nextIndex;
        position = validated.range.to;
        if (buffer.isFull) await write(await buffer.next());
      } while (index < fetched.length);
    }
  }
  buffer.close();
  await write(await buffer.next());
  return restored;
}

async function restoreBatch(
  work: RestoreWork,
  given: Batch,
  restored: Restored,
  { pace, stop, isStopped, settled, delayed }: RunOptions,
): Promise<void> {
  let batch = withoutHandled(given, work.handled);
  const handled = messagesOf(given) - messagesOf(batch);
  const backoff = new Backoff();
  for (;;) {
    const result = await work.restorer.restore(batch);
    switch (result.kind) {
      case 'restored':
        restored.stored += result.rows;
        restored.deadLettered += result.deadLetters;
        restored.handled += handled;
        for (const each of restored.partitions)
          for (const { partition, to } of batch.ranges) if (partition === each.partition) each.next = to;
        settled(batch.ranges.reduce((sum, { from, to }) => sum + to - from, 0));
        await pace.taken(messagesOf(given));
        return;
      case 'rejected': {
        const letters = rejectedLetters(batch, result.rows);
        batch = withoutRows(batch, new Set(result.rows.map(({ index }) => index)), 'deadLettered');
        batch = { ...batch, deadLetters: [...batch.deadLetters, ...letters] };
        break;
      }
      case 'already-stored':
        batch = withoutRows(batch, new Set(result.indexes), 'skipped');
        break;
      case 'fault':
        if (result.fault.class === 'setup') throw new OperationError(faultText(result.fault));
        if (isStopped()) return;
        delayed(faultText(result.fault));
        await pause(backoff.next('transient'), stop);
    }
  }
}

/** Records whose dead letters were handled may be stored at another offset. */
function withoutHandled(batch: Batch, handled: RestoreWork['handled']): Batch {
  const isOpen = ({ message: { partition, offset } }: { message: { partition: number; offset: number } }) =>
    handled.get(partition)?.has(offset) !== true;
  return { ...batch, rows: batch.rows.filter(isOpen), deadLetters: batch.deadLetters.filter(isOpen) };
}

function messagesOf({ rows, deadLetters }: Batch): number {
  return rows.length + deadLetters.length;
}
