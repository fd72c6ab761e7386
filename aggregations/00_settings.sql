-- How the job is planned. What depends on the cluster, such as checkpoints and parallelism, is in Flink's own configuration.
SET 'pipeline.name' = '${KAFKA_TOPIC_NAME}_aggregations';
SET 'table.local-time-zone' = 'UTC';
-- How long the id of an order line or a movement is remembered. A copy that comes later counts again.
SET 'table.exec.state.ttl' = '${DEDUPLICATION_SPAN}';
-- A partition without records holds back the closing of hours for this long. A shorter time is a trap: a partition that
-- stalls, at the start or while Flink catches up, would count as idle, and what it then delivers as late.
SET 'table.exec.source.idle-timeout' = '${IDLE_TIMEOUT}';
-- All questions share one reading, validation and deduplication. Mini-batches cannot be added: with this setting, Flink plans
-- them on processing time, which then closes the hours instead of event time.
SET 'table.optimizer.reuse-optimize-block-with-digest-enabled' = 'true';
