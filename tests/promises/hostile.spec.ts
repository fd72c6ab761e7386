import { describeHostileTopic } from '../support/hostile-topic.js';

describeHostileTopic({ engine: 'duckdb', codecs: ['zstd'] });
