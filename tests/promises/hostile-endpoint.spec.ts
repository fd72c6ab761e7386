import { describeHostileTopic } from '../support/hostile-topic.js';

describeHostileTopic({ engine: 'snowflake', codecs: ['lz4'] });
