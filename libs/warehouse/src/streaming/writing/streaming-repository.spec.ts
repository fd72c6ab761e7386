import {
  describeCheckpointStoreContract,
  describeEventRepositoryContract,
  describeRedriving,
  streamingEngine,
} from '#testing/warehouse-contract';

describeEventRepositoryContract('Snowpipe Streaming', streamingEngine());
describe('Snowpipe Streaming', () => {
  describeRedriving(streamingEngine());
});
describeCheckpointStoreContract('Snowpipe Streaming', streamingEngine());
