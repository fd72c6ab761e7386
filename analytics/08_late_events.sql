-- Messages that were stored more than ten minutes after or before their event_ts. Every message counts.
--
-- The ingester itself takes seconds, so ten minutes mean a queue upstream, an outage or a wrong clock. QUEUED_SECONDS is
-- the delay before Kafka had the message, the rest of DELAY_SECONDS the delay between Kafka and the table. A negative
-- value means that the producer's clock is ahead.
CREATE OR REPLACE VIEW LATE_EVENTS COPY GRANTS AS
SELECT
  EVENT_TYPE,
  EVENT_ID,
  GET_PATH(EVENT_CONTENT, 'source_service')::VARCHAR AS SOURCE_SERVICE,
  EVENT_TIME,
  INGESTION_TIME,
  DATEDIFF('second', EVENT_TIME, INGESTION_TIME) AS DELAY_SECONDS,
  DATEDIFF('second', EVENT_TIME, MESSAGE_TIME) AS QUEUED_SECONDS,
  TOPIC,
  PARTITION_NUMBER,
  OFFSET_NUMBER
FROM DELIVERED_EVENTS
WHERE ABS(DATEDIFF('second', EVENT_TIME, INGESTION_TIME)) > 600;
