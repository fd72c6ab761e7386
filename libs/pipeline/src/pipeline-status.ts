import type { Fault } from './model/fault.js';
import type { Frontier } from './partitions/frontier.js';
import type { WriterFault } from './writing/batch-writer.js';

/** How the pipeline is, as health answers need it. All ages are in milliseconds. */
export interface PipelineStatus {
  /** How often the group was joined; 0 before the first time. */
  generation: number;
  assignedPartitions: number;
  /** Every assigned partition is placed at its checkpoint and read. */
  isReading: boolean;
  isDraining: boolean;
  /** What holds the pipeline now and since when; null when all goes well. */
  fault: { stage: 'assignment' | WriterFault['stage']; fault: Fault; ageMs: number } | null;
  /** The faults of the partitions that are held until somebody acts. */
  blocked: Fault[];
  /** Why the dead-letter limit holds a batch, and what to do, in words; null while it does not. */
  heldDeadLetters: string | null;
  /** How long the try to write that is under way has taken; 0 between tries. */
  writerBusyMs: number;
  /** Why the pipeline ended although nobody asked it to; it does not come back by itself. */
  failure: string | null;
}

export function statusOf(now: {
  frontier: Frontier;
  writerFault: WriterFault | null;
  writerTryingSince: number | null;
  heldDeadLetters: string | null;
  assignmentFault: { fault: Fault; since: number } | null;
  isDraining: boolean;
  failure: Error | null;
}): PipelineStatus {
  const clock = performance.now();
  const held =
    now.writerFault ??
    (now.assignmentFault === null ? null : { ...now.assignmentFault, stage: 'assignment' as const });
  return {
    generation: now.frontier.generation,
    assignedPartitions: now.frontier.assigned().length,
    isReading: now.frontier.isReading,
    isDraining: now.isDraining,
    fault: held === null ? null : { stage: held.stage, fault: held.fault, ageMs: clock - held.since },
    blocked: now.frontier.blocked(),
    heldDeadLetters: now.heldDeadLetters,
    writerBusyMs: now.writerTryingSince === null ? 0 : clock - now.writerTryingSince,
    failure: now.failure === null ? null : `${now.failure.name}: ${now.failure.message}`,
  };
}
