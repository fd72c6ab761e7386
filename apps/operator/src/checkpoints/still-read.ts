import { OperationError } from '../failures.js';

/** Checkpoints must not be moved while somebody reads. */
export function stillRead(groupId: string, members: readonly string[]): OperationError {
  return new OperationError(
    `Group ${groupId} has ${members.length} member${members.length === 1 ? '' : 's'} (${[...new Set(members)].join(', ')}). ` +
      'Stop every ingester first (a killed one leaves the group after KAFKA_SESSION_TIMEOUT_MS); nothing was changed.',
  );
}
