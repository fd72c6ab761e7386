-- What the topics of all answers have in common. Each names its topic and its columns, and is LIKE this one.
CREATE TEMPORARY TABLE answer_topic WITH (
  'connector' = 'upsert-kafka',
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVER}',
  ${KAFKA_SECURITY}
  'properties.transaction.timeout.ms' = '${TRANSACTION_TIMEOUT_MS}',
  'key.format' = 'json',
  'key.json.timestamp-format.standard' = 'ISO-8601',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transaction-naming-strategy' = 'POOLING',
  'sink.parallelism' = '1'
);
