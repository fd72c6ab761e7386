import { Logger } from '@nestjs/common';
import { FaultError, partitionName, type DeadLetter, type RejectedRow } from '#pipeline';
import { oneLine } from '../../snowflake/session/faults.js';
import type { BatchPart } from './batch-parts.js';
import type { PartitionStream } from './partition-stream.js';
import type { SqlWork } from './sql-work.js';

const logger = new Logger('StreamingRepository');

/**
 * Snowflake refuses a row without refusing its append: the committed token advances all the same, and a counter rises. If
 * it has risen, the rows of the batch that are not in the table are the refused ones.
 *
 * @throws SnowflakeError; FaultError if a dead letter is missing, which no value of ours should cause
 */
export async function refusedRows(parts: readonly BatchPart[], work: SqlWork): Promise<RejectedRow[]> {
  const refused: RejectedRow[] = [];
  for (const { stream, range, rows, letters } of parts) {
    if (stream.events.unexplained === 0 && stream.letters.unexplained === 0) continue;
    const found = await work.offsetsFrom(range, range.from);
    const events = new Set(found.events);
    const missing = rows
      .filter(({ row }) => !events.has(row.message.offset))
      .map(({ row, index }) => ({ row, index }));
    const reason = `Snowflake refused the row: ${oneLine(stream.events.channel.refusal)}`;
    await work.forgetStored(missing.map(({ row }) => row));
    stream.events.refused(missing.map(({ row }) => row.message.offset));
    refused.push(...missing.map(({ index }) => ({ index, reason })));
    requireLetters(stream, letters, new Set(found.letters));
    // What is left may be rows of the next batch, which was appended ahead.
    if (!stream.events.hasFrom(range.to)) forgetUnexplained(stream);
  }
  return refused;
}

function forgetUnexplained({ at, events }: PartitionStream): void {
  if (events.unexplained === 0) return;
  logger.warn(
    `Snowflake has refused ${events.unexplained} rows of ${partitionName(at)} that are not in the batch after which it ` +
      'says so: compare the tables with the topic by `operator verify`',
  );
  events.explain();
}

function requireLetters(
  { at, letters: table }: PartitionStream,
  letters: readonly DeadLetter[],
  found: ReadonlySet<number>,
): void {
  const missing = letters.map(({ message }) => message.offset).filter((offset) => !found.has(offset));
  const [first] = missing;
  table.refused(missing);
  table.explain();
  if (first === undefined) return;
  throw letterRefused(`${partitionName(at)}@${first}`, table.channel.refusal);
}

function letterRefused(where: string, why: string): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'LETTER_REFUSED',
    message: `Snowflake refused the dead letter of ${where}: ${oneLine(why)}`,
    remedy:
      'Compare SALES_EVENTS_DLQ and its pipe with `operator schema plan`: a column may have been changed',
  });
}
