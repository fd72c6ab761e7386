import { createRequire } from 'node:module';

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

const RUNNER_MODULE = 'kafkajs/src/consumer/runner.js';
const GROUP_MODULE = 'kafkajs/src/consumer/consumerGroup.js';
const REBALANCE_IN_PROGRESS = 27;

let isInstalled = false;

/** Members whose last join failed: they are outside of the group, or do not know what it has assigned to them. */
const outside = new WeakSet<ConsumerGroup>();

/**
 * Corrects three faults of kafkajs 2.2.4's consumer. Safe to call more than once.
 *
 * - After a join that failed it goes on fetching what it had before, without a heartbeat, for ever: it joins again.
 * - A fetcher that starts while the consumer stops is never told to end, and asks for nothing again and again without
 *   ever returning to the event loop: it ends.
 * - A commit is retried under whatever generation is current by then, and can move back the offset of a member that has
 *   read on: it is sent under the generation in which it was decided, or dropped.
 *
 * @throws Error where kafkajs is not built as 2.2.4 is
 */
export function installConsumerCorrections(): void {
  const require = createRequire(import.meta.url);
  const { prototype: group } = require(GROUP_MODULE) as { prototype: ConsumerGroup };
  const { prototype: runner } = require(RUNNER_MODULE) as { prototype: Runner };
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as ProtocolErrors;
  const { joinAndSync } = group;
  const { fetch, commitOffsets } = runner;
  for (const method of [joinAndSync, fetch, commitOffsets]) {
    if (typeof method !== 'function') throw new Error('kafkajs consumes in another way than 2.2.4');
  }
  if (isInstalled) return;
  isInstalled = true;
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
