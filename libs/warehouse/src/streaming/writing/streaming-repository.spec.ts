import {
  describeCheckpointStoreContract,
  describeEventRepositoryContract,
  describeRedriving,
  describeRestoring,
  streamingEngine,
} from '#testing/warehouse-contract';

describeEventRepositoryContract('Snowpipe Streaming', streamingEngine());
describe('Snowpipe Streaming', () => {
  describeRedriving(streamingEngine());
  describeRestoring(streamingEngine());
});
describeCheckpointStoreContract('Snowpipe Streaming', streamingEngine());
