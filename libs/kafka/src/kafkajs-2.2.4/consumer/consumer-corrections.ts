import { MODULES, require } from '../modules.js';

interface OffsetManager {
  commitOffsets(offsets: unknown): Promise<void>;
}

interface ConsumerGroup {
  /** Recreated by each join; it holds the generation and the member id. */
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

/** Members whose last join failed: they are not in the group, or do not know their assignment. */
const outside = new WeakSet<ConsumerGroup>();

/**
 * Fixes three faults of kafkajs's consumer:
 *
 * - After a failed join it keeps fetching its former partitions forever, without heartbeats. With the patch it joins
 *   again.
 * - A fetcher that starts while the consumer stops is never stopped, and polls without ever yielding to the event loop.
 *   With the patch it stops.
 * - A commit is retried in whatever generation is current by then, and can move back the offset of another member. With
 *   the patch it is sent in the generation in which it was requested, or dropped.
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
    // Not awaited: it waits for this fetch.
    if (!this.running) void this.fetchManager.stop();
    // On this error the runner joins again.
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
