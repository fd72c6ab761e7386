import {
  describeCheckpointStoreContract,
  describeEventRepositoryContract,
  describeRedriving,
  describeRestoring,
  describeWriting,
  snowflakeEngine,
} from '#testing/warehouse-contract';

describeEventRepositoryContract('Snowflake', snowflakeEngine());
describe('Snowflake', () => {
  describeRedriving(snowflakeEngine());
  describeRestoring(snowflakeEngine());
});
describeCheckpointStoreContract('Snowflake', snowflakeEngine());

// The part of the contract that the variant can affect.
describe('Snowflake, each batch begun ahead', () => {
  describeWriting(snowflakeEngine({ isPreparing: true }));
});
