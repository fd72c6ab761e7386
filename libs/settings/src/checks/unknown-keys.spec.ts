import { unknownKeyWarnings } from './unknown-keys.js';

const warned = (...keys: string[]) => unknownKeyWarnings(Object.fromEntries(keys.map((key) => [key, 'x'])));

describe('unknownKeyWarnings', () => {
  it.each([
    ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BOOTSTRAP_SERVER'],
    ['KAFKA_TOPIC', 'KAFKA_TOPIC_NAME'],
    ['SNOWFLAKE_USERNAME', 'SNOWFLAKE_USER'],
    ['SNOWFLAKE_PASWORD_FILE', 'SNOWFLAKE_PASSWORD_FILE'],
    ['BATCH_MIN_EVENT', 'BATCH_MIN_EVENTS'],
    ['DLQ_TOPICS', 'DLQ_TOPIC'],
    ['DUCKDB_PAHT', 'DUCKDB_PATH'],
    ['METRIC_PORT', null],
    ['DRAIN_TIMEOUT', 'DRAIN_TIMEOUT_MS'],
    ['EVENT_MAX_BYTE', 'EVENT_MAX_BYTES'],
    ['READY_MAX_FAULTS_MS', 'READY_MAX_FAULT_MS'],
    ['LIVE_MAX_SILENCE', 'LIVE_MAX_SILENCE_MS'],
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['kafka_topic_name', 'KAFKA_TOPIC_NAME'],
  ])('suggests for %s: %s', (key, nearest) => {
    expect(warned(key)).toEqual(
      nearest === null ? [] : [`${key} is unknown and has no effect; did you mean ${nearest}?`],
    );
  });

  it('suggests nothing if no key is similar', () => {
    expect(warned('KAFKA_ZOOKEEPER_CONNECTION_STRING')).toEqual([
      'KAFKA_ZOOKEEPER_CONNECTION_STRING is unknown and has no effect',
    ]);
  });

  it('does not repeat the value, which may be a secret', () => {
    expect(unknownKeyWarnings({ SNOWFLAKE_PASSWRD: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('ignores known keys, their files, and keys of other programs', () => {
    expect(warned('KAFKA_TOPIC_NAME', 'SNOWFLAKE_PASSWORD_FILE', 'PATH', 'WAREHOUSE', 'NODE_ENV')).toEqual(
      [],
    );
    expect(
      warned(
        'SNOWFLAKE_DISABLE_PLATFORM_DETECTION',
        'SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES',
        'SNOWFLAKE_HOME',
        'SF_OCSP_RESPONSE_CACHE_DIR',
      ),
    ).toEqual([]);
  });

  it('ignores what Kubernetes sets for services', () => {
    expect(
      warned(
        'KAFKA_SERVICE_HOST',
        'KAFKA_SERVICE_PORT',
        'KAFKA_SERVICE_PORT_TCP_CLIENT',
        'KAFKA_PORT_9092_TCP',
        'KAFKA_PORT_9092_TCP_ADDR',
        'KAFKA_PORT_9092_TCP_PORT',
        'KAFKA_PORT_9092_TCP_PROTO',
        'KAFKA_BROKER_0_SERVICE_HOST',
        'SNOWFLAKE_PROXY_SERVICE_PORT',
      ),
    ).toEqual([]);
    expect(unknownKeyWarnings({ KAFKA_PORT: 'tcp://10.96.0.7:9092' })).toEqual([]);
    expect(unknownKeyWarnings({ SNOWFLAKE_PORT: '443' })).toHaveLength(1);
  });
});
