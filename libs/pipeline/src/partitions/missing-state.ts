import type { CommitMark } from '../model/commit-mark.js';
import type { Checkpoint } from '../ports/event-repository.js';
import type { LogBounds } from '../ports/event-source.js';
import type { Fault } from '../model/fault.js';
import { partitionName, type TopicPartition } from '../model/message.js';

/** What to do with partitions whose records this service has settled, but not in the present warehouse. */
export type MissingCheckpoints = 'hold' | 'from-start' | 'accept-gap';

/** The offset that the group has committed for a partition, and this service's mark if the commit is its own. */
export interface Committed {
  offset: number;
  mark: CommitMark | null;
}

/** Whether a commit of this service settles any records: the first commit of a partition settles none. */
export function hasSettled(committed: Committed | undefined): committed is Committed & { mark: CommitMark } {
  return committed?.mark != null && committed.offset > committed.mark.first;
}

/** The warehouse has no checkpoint, although this service has settled records. */
export function noCheckpoint(
  at: TopicPartition & LogBounds,
  { offset, mark }: Committed & { mark: CommitMark },
  warehouse: string,
): Fault {
  const where = mark.warehouse === warehouse ? 'this warehouse' : `another warehouse (${mark.warehouse})`;
  return setup(
    'NO_CHECKPOINT',
    `${partitionName(at)}: the warehouse (${warehouse}) has no checkpoint, but this service has settled offsets ` +
      `${range(mark.first, offset)} in ${where}: it is new, was emptied, was restored from a backup, or is the wrong one`,
    `The partition is not read. Restore the warehouse, or configure the one that has those records, and restart. Or ` +
      `choose: MISSING_CHECKPOINTS=from-start reads everything that is still in the log, from offset ${at.low}, and stores ` +
      `it here (\`operator checkpoints set --partition ${at.partition} --to earliest --yes\` while no ingester runs); ` +
      `MISSING_CHECKPOINTS=accept-gap continues at ${offset}, and the earlier records remain missing here (the same ` +
      `command with \`--to committed\`)`,
  );
}

/** The warehouse has a checkpoint, but this service settled its last records in another one. */
export function otherWarehouse(
  { nextOffset, ...at }: Checkpoint,
  { offset, mark }: Committed & { mark: CommitMark },
  warehouse: string,
): Fault {
  return setup(
    'OTHER_WAREHOUSE',
    `${partitionName(at)}: this service has settled offsets up to ${offset - 1} in another warehouse ` +
      `(${mark.warehouse}); the checkpoint of this one (${warehouse}) is ${nextOffset}`,
    `The partition is not read. Configure the other warehouse again and restart. Or stop every ingester and choose: ` +
      `\`operator checkpoints set --partition ${at.partition} --to ${nextOffset} --yes\` continues at the checkpoint, and ` +
      `stores offsets ${range(nextOffset, offset)} here as well; \`--to committed\` leaves them to the other warehouse`,
  );
}

/** The warehouse was restored to an earlier state, and the log no longer has the records that followed. */
export function setBackTooFar(
  { low }: LogBounds,
  { nextOffset, ...at }: Checkpoint,
  { offset }: Committed,
): Fault {
  return setup(
    'WAREHOUSE_SET_BACK',
    `${partitionName(at)}: the checkpoint ${nextOffset} is below ${offset}, which this service had reached: the warehouse ` +
      `was restored from a backup, and Kafka has since deleted offsets ${range(nextOffset, Math.min(low, offset))}`,
    `The partition is not read. Restore a newer backup and restart; or accept the gap with MISSING_CHECKPOINTS=accept-gap: ` +
      `reading continues at ${low}, and the deleted offsets count as lost`,
  );
}

/** Somebody else stored events and committed offsets for this group beyond the checkpoint. */
export function otherCommitter(
  { nextOffset, ...at }: Checkpoint,
  { offset }: Committed,
  storedEnd: number,
): Fault {
  const end = Math.max(offset, storedEnd);
  return setup(
    'OTHER_COMMITTER',
    `${partitionName(at)}: somebody else has committed ${offset} for this group, beyond the checkpoint ${nextOffset}, and ` +
      `RAW_EVENTS_STREAM has offsets up to ${storedEnd - 1}: another service has stored events in between`,
    `The partition is not read, because offsets ${range(nextOffset, storedEnd)} would be stored twice. Stop that service ` +
      `and every ingester. To continue after the rows that it stored, run \`operator checkpoints set --partition ` +
      `${at.partition} --to ${end} --yes\`; to read them again, delete those rows and use \`--to ${nextOffset}\`. Then start ` +
      `the ingesters`,
  );
}

function setup(code: string, message: string, remedy: string): Fault {
  return { class: 'setup', code, message, remedy };
}

/** Formats the offsets [from, to). */
function range(from: number, to: number): string {
  return to - from <= 1 ? String(from) : `${from} to ${to - 1}`;
}
