import {
  describeCheckpointStoreContract,
  describeClaiming,
  describeOpening,
  describeOwnership,
  describeRedriving,
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
