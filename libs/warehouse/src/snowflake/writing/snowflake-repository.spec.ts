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

// Of the contract, what the variant can change.
describe('Snowflake, each batch begun ahead', () => {
  describeWriting(snowflakeEngine({ isPreparing: true }));
});
