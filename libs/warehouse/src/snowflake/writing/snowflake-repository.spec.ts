import {
  describeCheckpointStoreContract,
  describeEventRepositoryContract,
  describeRedriving,
  describeWriting,
  snowflakeEngine,
} from '#testing/warehouse-contract';

describeEventRepositoryContract('Snowflake', snowflakeEngine());
describe('Snowflake', () => {
  describeRedriving(snowflakeEngine());
});
describeCheckpointStoreContract('Snowflake', snowflakeEngine());

// The part of the contract that the variant can affect.
describe('Snowflake, each batch begun ahead', () => {
  describeWriting(snowflakeEngine({ isPreparing: true }));
});
