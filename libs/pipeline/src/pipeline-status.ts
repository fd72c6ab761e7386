import type { Fault } from './model/fault.js';
import type { Frontier } from './partitions/frontier.js';
import type { WriterFault } from './writing/batch-writer.js';

/** The pipeline's state, for health responses. All ages are in milliseconds. */
export interface PipelineStatus {
  /** How often the group was joined; 0 before the first join. */
  generation: number;
  assignedPartitions: number;
  /** Whether every assigned partition is being read from its checkpoint. */
  isReading: boolean;
  isDraining: boolean;
  /** The fault that delays the pipeline, and for how long; null if there is none. */
  fault: { stage: 'assignment' | WriterFault['stage']; fault: Fault; ageMs: number } | null;
  /** The faults of partitions that are held until somebody acts. */
  blocked: Fault[];
  /** Why the dead-letter limit holds a batch, and what to do; null if it holds none. */
  heldDeadLetters: string | null;
  /** How long the current attempt to write has taken; 0 between attempts. */
  writerBusyMs: number;
  /** The error that ended the pipeline; it does not restart by itself. */
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
