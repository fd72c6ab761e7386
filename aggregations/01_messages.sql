-- The topic's records. Those of open and aborted transactions are not read.
CREATE TEMPORARY TABLE messages (
  message STRING,
  message_time TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  -- ISO 8601 from 1970 to 2999; without an offset it is UTC. Of any other event the time is that of its record. The pattern
  -- knows the days of each month: Flink would read 30 February as the 28th.
  --
  -- The JSON is parsed only if the text does not tell: where "event_ts" is there twice or not at all, an object is in another,
  -- or an escape may stand for a letter. No computed column can name another one, so this is written twice.
  event_time AS COALESCE(
    TO_TIMESTAMP_LTZ(
      REPLACE(REGEXP_SUBSTR(
        CASE
          WHEN REGEXP(message, '"event_ts": ?"')
            AND SPLIT_INDEX(message, '"event_ts":', 2) IS NULL
            AND NOT REGEXP(message, '\\"event_ts"')
            AND NOT REGEXP(message, '\\u00[0-7]')
            AND message NOT LIKE '%{%{%'
          THEN SPLIT_INDEX(SPLIT_INDEX(message, '"event_ts":', 1), '"', 1)
          ELSE JSON_VALUE(message, '$.event_ts')
        END,
        '^((19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|(19(7[26]|8[048]|9[26])|2[0-9](0[48]|[2468][048]|[13579][26])|2[048]00)-02-29)[T ]([01][0-9]|2[0-3])(:[0-5][0-9]){2}(?=([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$)'
      ), 'T', ' '),
      'yyyy-MM-dd HH:mm:ss',
      -- Flink ignores an offset that the pattern reads from the text; this argument counts.
      COALESCE(REGEXP_SUBSTR(
        CASE
          WHEN REGEXP(message, '"event_ts": ?"')
            AND SPLIT_INDEX(message, '"event_ts":', 2) IS NULL
            AND NOT REGEXP(message, '\\"event_ts"')
            AND NOT REGEXP(message, '\\u00[0-7]')
            AND message NOT LIKE '%{%{%'
          THEN SPLIT_INDEX(SPLIT_INDEX(message, '"event_ts":', 1), '"', 1)
          ELSE JSON_VALUE(message, '$.event_ts')
        END,
        '[+-](0[0-9]|1[0-4]):[0-5][0-9]$'
      ), 'UTC')
    ),
    message_time
  ),
  arrival AS PROCTIME(),
  -- What has only the time of its record, as most bad messages, closes no hour: in a backlog that time is far ahead. Nor
  -- does an event from a clock that is ahead. Flink copies this expression to each place that names event_time, so it reads
  -- the text instead of the JSON.
  WATERMARK FOR event_time AS LEAST(
    TO_TIMESTAMP_LTZ(
      REPLACE(REGEXP_SUBSTR(
        SPLIT_INDEX(SPLIT_INDEX(message, '"event_ts":', 1), '"', 1),
        '^(19[7-9]|2[0-9]{2})[0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3])(:[0-5][0-9]){2}(?=([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$)'
      ), 'T', ' '),
      'yyyy-MM-dd HH:mm:ss',
      COALESCE(REGEXP_SUBSTR(
        SPLIT_INDEX(SPLIT_INDEX(message, '"event_ts":', 1), '"', 1), '[+-](0[0-9]|1[0-4]):[0-5][0-9]$'
      ), 'UTC')
    ),
    message_time
  ) - INTERVAL '10' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = '${KAFKA_TOPIC_NAME}',
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVER}',
  ${KAFKA_SECURITY}
  'properties.group.id' = '${KAFKA_TOPIC_NAME}_aggregations',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'raw',
  'scan.watermark.alignment.group' = 'messages',
  'scan.watermark.alignment.max-drift' = '10 min',
  'scan.watermark.alignment.update-interval' = '200 ms'
);
