import { updateCheckpoint, type Mutation } from './mutation.js';

/** Each corrupts INGESTION_CHECKPOINTS in one way. */
export const CHECKPOINT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a counter is off',
    statements: (_sql, _topic, group) => [updateCheckpoint('SKIPPED = SKIPPED + 1', group)],
    says: /partition 0: the counters of the checkpoint add up to 31, not to its 30 offsets/,
  },
  {
    name: 'tombstones are counted as gaps',
    statements: (_sql, _topic, group) => [updateCheckpoint('SKIPPED = SKIPPED - 1, GAPS = GAPS + 1', group)],
    says: /partition 0: the ledger counts 1 skipped, but the log holds 1 tombstones and 1 redriven/,
    isDeep: true,
  },
  {
    name: 'offsets were lost',
    statements: (_sql, _topic, group) => [updateCheckpoint('LOST = LOST + 1, GAPS = GAPS - 1', group)],
    says: /partition 0: 1 offsets below 30 were lost/,
  },
  {
    name: 'the checkpoint is moved back',
    statements: (_sql, _topic, group) => [
      updateCheckpoint('NEXT_OFFSET = 28, STORED = STORED - 1, SKIPPED = SKIPPED - 1', group),
    ],
    says: /beyond every checkpoint: @28$/m,
  },
  {
    name: 'the checkpoint is moved beyond the log',
    statements: (_sql, _topic, group) => [updateCheckpoint('NEXT_OFFSET = 40, GAPS = GAPS + 10', group)],
    says: /partition 0: the checkpoint 40 is beyond the end of the log, 30/,
  },
  {
    name: 'the checkpoint is missing',
    statements: (_sql, _topic, group) => [
      `DELETE FROM INGESTION_CHECKPOINTS WHERE CONSUMER_GROUP = '${group}'`,
    ],
    says: /are at @0, @1, .*no group has a checkpoint there/,
  },
];
