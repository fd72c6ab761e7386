import type { CommitMark } from '../model/commit-mark.js';
import type { Checkpoint } from '../ports/event-repository.js';
import type { LogBounds } from '../ports/event-source.js';
import type { Fault } from '../model/fault.js';
import { partitionName, type TopicPartition } from '../model/message.js';

/** What to do with partitions whose records this service has settled, but not in the warehouse that it finds. */
export type MissingCheckpoints = 'hold' | 'from-start' | 'accept-gap';

/** The offset that the group has committed for a partition, and the mark of this service where the commit is ours. */
export interface Committed {
  offset: number;
  mark: CommitMark | null;
}

/** Whether records were settled below a commit of ours: the position that is committed at first settles none. */
export function hasSettled(committed: Committed | undefined): committed is Committed & { mark: CommitMark } {
  return committed?.mark != null && committed.offset > committed.mark.first;
}

/** The warehouse has no checkpoint for what this service has settled. */
export function noCheckpoint(
  at: TopicPartition & LogBounds,
  { offset, mark }: Committed & { mark: CommitMark },
  warehouse: string,
): Fault {
  const where = mark.warehouse === warehouse ? 'this warehouse' : `another warehouse (${mark.warehouse})`;
  return setup(
    'NO_CHECKPOINT',
    `${partitionName(at)}: the warehouse (${warehouse}) has no checkpoint, but this service has settled offsets ` +
      `${range(mark.first, offset)} in ${where}: it is new, emptied, restored from a backup, or not the one that is meant`,
    `Nothing is read from it. Restore the warehouse, or set it back to the one that has those records, and restart. Or ` +
      `choose: MISSING_CHECKPOINTS=from-start reads all that the log still holds, from ${at.low} on, and stores it here ` +
      `(\`operator checkpoints set --partition ${at.partition} --to earliest --yes\` while no ingester runs); ` +
      `MISSING_CHECKPOINTS=accept-gap goes on at ${offset}, and the records before it stay missing here (the same ` +
      `command with \`--to committed\`)`,
  );
}

/** The warehouse has a checkpoint, but what this service settled last is in another one. */
export function otherWarehouse(
  { nextOffset, ...at }: Checkpoint,
  { offset, mark }: Committed & { mark: CommitMark },
  warehouse: string,
): Fault {
  return setup(
    'OTHER_WAREHOUSE',
    `${partitionName(at)}: this service has settled offsets up to ${offset - 1} in another warehouse ` +
      `(${mark.warehouse}); the checkpoint of this one (${warehouse}) is ${nextOffset}`,
    `Nothing is read from it. Set the warehouse back and restart. Or stop every ingester and choose: \`operator ` +
      `checkpoints set --partition ${at.partition} --to ${nextOffset} --yes\` goes on at the checkpoint, and offsets ` +
      `${range(nextOffset, offset)} are stored here as well; \`--to committed\` leaves them to the other warehouse`,
  );
}

/** The warehouse was set back, and the log no longer holds what came after. */
export function setBackTooFar(
  { low }: LogBounds,
  { nextOffset, ...at }: Checkpoint,
  { offset }: Committed,
): Fault {
  return setup(
    'WAREHOUSE_SET_BACK',
    `${partitionName(at)}: the checkpoint ${nextOffset} is below ${offset}, which this service had reached: the warehouse ` +
      `was restored from a backup, and Kafka has deleted offsets ${range(nextOffset, Math.min(low, offset))} meanwhile`,
    `Nothing is read from it. Restore a newer backup and restart; or accept the gap with MISSING_CHECKPOINTS=accept-gap: ` +
      `reading goes on at ${low}, and the deleted offsets count as lost`,
  );
}

/** Somebody else stored and committed for this group after the checkpoint. */
export function otherCommitter(
  { nextOffset, ...at }: Checkpoint,
  { offset }: Committed,
  storedEnd: number,
): Fault {
  const end = Math.max(offset, storedEnd);
  return setup(
    'OTHER_COMMITTER',
    `${partitionName(at)}: somebody else has committed ${offset} for this group, beyond the checkpoint ${nextOffset}, and ` +
      `RAW_EVENTS_STREAM holds offsets up to ${storedEnd - 1}: another service has stored events in between`,
    `Nothing is read from it, as offsets ${range(nextOffset, storedEnd)} would be stored twice. Stop that service and every ` +
      `ingester. To go on behind what it stored, run \`operator checkpoints set --partition ${at.partition} --to ${end} ` +
      `--yes\`; to read it again, delete its rows and use \`--to ${nextOffset}\`. Then start the ingesters`,
  );
}

function setup(code: string, message: string, remedy: string): Fault {
  return { class: 'setup', code, message, remedy };
}

/** Offsets of [from, to). */
function range(from: number, to: number): string {
  return to - from <= 1 ? String(from) : `${from} to ${to - 1}`;
}
