import { partitionName, type Checkpoint } from '#pipeline';
import type { PartitionLog } from '../kafka/partition-log.js';
import { outcomeOf } from '../scenario/messages.js';
import { TOPIC } from '../scenario/names.js';
import type { Scene } from '../scenario/scene.js';
import { place } from '../warehouse/simulated-warehouse.js';

/** Describes the partitions that are not settled to their end, or whose committed offsets lag behind. */
export function unsettled({ logs, warehouse, cluster, plan }: Scene): string[] {
  return logs.flatMap(({ number, end }) => {
    const at = { topic: TOPIC, partition: number };
    const next = warehouse.checkpoints.get(partitionName(at))?.nextOffset ?? 0;
    const { offsets } = cluster.group;
    const committed = offsets.of(at)?.offset ?? 0;
    const isExcused = plan.tolerated.has('offset-moved-back') && offsets.isMovedBack(at);
    if (next === end && (committed === end || isExcused)) return [];
    return [`partition ${number} ends at ${end}, its checkpoint is ${next}, the group's offset ${committed}`];
  });
}

/** What is wrong below the checkpoints; null if every message has its expected outcome, exactly once. */
export function finalFault(scene: Scene): string | null {
  for (const log of scene.logs) {
    const at = { topic: TOPIC, partition: log.number };
    const checkpoint = scene.warehouse.checkpoints.get(partitionName(at));
    const fault =
      log.end === 0 || checkpoint === undefined
        ? null
        : (ledgerFault(checkpoint) ?? logFault(scene, log, checkpoint));
    if (fault !== null) return fault;
  }
  return null;
}

function ledgerFault(checkpoint: Checkpoint): string | null {
  const { partition, firstOffset, nextOffset, stored, deadLettered, skipped, gaps, lost } = checkpoint;
  const sum = stored + deadLettered + skipped + gaps + lost;
  if (nextOffset - firstOffset === sum) return null;
  return `the ledger of partition ${partition} counts ${sum} of ${nextOffset - firstOffset} offsets`;
}

function logFault(
  { warehouse: { rows, letters } }: Scene,
  log: PartitionLog,
  checkpoint: Checkpoint,
): string | null {
  const { number: partition } = log;
  let missing = 0;
  for (const [offset, fate] of log.fates.slice(0, checkpoint.nextOffset).entries()) {
    const at = place({ partition, offset });
    const ended = rows.has(at) ? 'row' : letters.has(at) ? 'letter' : 'skipped';
    const wanted = fate.kind === 'message' ? outcomeOf(fate.value) : 'skipped';
    const isGone = fate.kind !== 'message' || fate.deletedBy !== null;
    if (ended === 'skipped' && isGone) missing += 1;
    // A redriven message may be stored from another offset.
    else if (ended !== wanted && (fate.redriveId === null || ended !== 'skipped')) {
      return `${at} with ${fate.value ?? 'nothing'} ended as ${ended} instead of ${wanted}`;
    }
  }
  if (checkpoint.gaps + checkpoint.lost > missing) {
    return `partition ${partition} counts ${checkpoint.gaps} gaps and ${checkpoint.lost} lost, and misses ${missing}`;
  }
  return null;
}
