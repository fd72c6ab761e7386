import {
  describeCheckpointStoreContract,
  describeClaiming,
  describeOpening,
  describeOwnership,
  describeRedriving,
  snowflakeEngine,
} from '#testing/warehouse-contract';

// Each variant keeps the parts of the contract that it can change.
describe('Snowflake, each batch begun ahead', () => {
  describeRedriving(snowflakeEngine({ isPreparing: true }));
});

describe('Snowflake, with four tables of checkpoints', () => {
  describeOpening(snowflakeEngine({ checkpointTables: 4 }));
  describeClaiming(snowflakeEngine({ checkpointTables: 4 }));
  describeOwnership(snowflakeEngine({ checkpointTables: 4 }));
  describeRedriving(snowflakeEngine({ isPreparing: true, checkpointTables: 4 }));
});
describeCheckpointStoreContract(
  'Snowflake, with four tables of checkpoints',
  snowflakeEngine({ checkpointTables: 4 }),
);

// Snowflake's documentation leaves it open: see docs/decisions.
describe('Snowflake, if an UPDATE that waited saw the rows as they were when it began', () => {
  describeClaiming(snowflakeEngine({ endpoint: { afterWait: 'statement-start' } }));
  describeOwnership(snowflakeEngine({ endpoint: { afterWait: 'statement-start' } }));
});
