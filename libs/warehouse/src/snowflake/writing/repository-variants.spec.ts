import {
  describeCheckpointStoreContract,
  describeClaiming,
  describeEventRepositoryContract,
  describeOpening,
  describeOwnership,
  describeRedriving,
  describeRestoring,
  snowflakeEngine,
} from '#testing/warehouse-contract';

// Each variant runs the parts of the contract that it can affect.
describe('Snowflake, each batch begun ahead', () => {
  describeRedriving(snowflakeEngine({ isPreparing: true }));
});

describe('Snowflake, with four checkpoint tables', () => {
  describeOpening(snowflakeEngine({ checkpointTables: 4 }));
  describeClaiming(snowflakeEngine({ checkpointTables: 4 }));
  describeOwnership(snowflakeEngine({ checkpointTables: 4 }));
  describeRedriving(snowflakeEngine({ isPreparing: true, checkpointTables: 4 }));
});
describeCheckpointStoreContract(
  'Snowflake, with four checkpoint tables',
  snowflakeEngine({ checkpointTables: 4 }),
);

// Snowflake's documentation leaves this open; see docs/decisions.
describe('Snowflake, if an UPDATE that waited sees the rows as they were when it began', () => {
  describeClaiming(snowflakeEngine({ endpoint: { afterWait: 'statement-start' } }));
  describeOwnership(snowflakeEngine({ endpoint: { afterWait: 'statement-start' } }));
});

describeEventRepositoryContract('Snowflake, with a hybrid table', snowflakeEngine({ checkpoints: 'hybrid' }));
describe('Snowflake, with a hybrid table', () => {
  describeRedriving(snowflakeEngine({ isPreparing: true, checkpoints: 'hybrid' }));
  describeRestoring(snowflakeEngine({ checkpoints: 'hybrid' }));
});
describeCheckpointStoreContract('Snowflake, with a hybrid table', snowflakeEngine({ checkpoints: 'hybrid' }));
describe('Snowflake, with a hybrid table, if a statement that waited sees the rows as they were when it began', () => {
  const engine = snowflakeEngine({ checkpoints: 'hybrid', endpoint: { afterWait: 'statement-start' } });
  describeClaiming(engine);
  describeOwnership(engine);
});
