import { MODULES, require } from './modules.js';

interface OffsetManager {
  commitOffsets(offsets: unknown): Promise<void>;
}

interface ConsumerGroup {
  /** Made anew by each join; it holds the generation and the member's id. */
  offsetManager: OffsetManager | null;
  joinAndSync: () => Promise<void>;
}

interface Runner {
  running: boolean;
  consumerGroup: ConsumerGroup;
  fetchManager: { stop(): Promise<void> };
  retrier: (attempt: (bail: (error: Error) => void) => Promise<void>) => Promise<void>;
  fetch: (nodeId: number) => Promise<unknown[]>;
  commitOffsets: (offsets: unknown) => Promise<void>;
}

interface ProtocolErrors {
  createErrorFromCode: (code: number) => Error;
}

const REBALANCE_IN_PROGRESS = 27;

/** Members whose last join failed: outside of the group, or without knowledge of their assignment. */
const outside = new WeakSet<ConsumerGroup>();

/**
 * Corrects three faults of kafkajs's consumer:
 *
 * - After a failed join it keeps fetching its former partitions, without heartbeats, for ever. Here it joins again.
 * - A fetcher that starts while the consumer stops is never told to end, and polls without ever returning to the event
 *   loop. Here it ends.
 * - A commit is retried under whatever generation is current by then, and can move back the offset of a member that has
 *   read on. Here it is sent under the generation in which it was decided, or dropped.
 */
export function patchConsumer(): void {
  const { prototype: group } = require(MODULES.consumerGroup) as { prototype: ConsumerGroup };
  const { prototype: runner } = require(MODULES.runner) as { prototype: Runner };
  const { createErrorFromCode } = require(MODULES.errors) as ProtocolErrors;
  const { joinAndSync } = group;
  const { fetch } = runner;
  group.joinAndSync = joinAndRemember;
  runner.fetch = fetchAsMember;
  runner.commitOffsets = commitInGeneration;

  async function joinAndRemember(this: ConsumerGroup): Promise<void> {
    try {
      await joinAndSync.call(this);
      outside.delete(this);
    } catch (error) {
      outside.add(this);
      throw error;
    }
  }

  async function fetchAsMember(this: Runner, nodeId: number): Promise<unknown[]> {
    // Not awaited: it waits for this very fetch.
    if (!this.running) void this.fetchManager.stop();
    // The runner joins again on it.
    else if (outside.has(this.consumerGroup)) throw createErrorFromCode(REBALANCE_IN_PROGRESS);
    return fetch.call(this, nodeId);
  }

  async function commitInGeneration(this: Runner, offsets: unknown): Promise<void> {
    const { offsetManager } = this.consumerGroup;
    await this.retrier(async (bail) => {
      if (!this.running) return;
      if (offsetManager === null || this.consumerGroup.offsetManager !== offsetManager) {
        bail(new Error('The commit was dropped: the group has a new generation'));
        return;
      }
      await offsetManager.commitOffsets(offsets);
    });
  }
}
