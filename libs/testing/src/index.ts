export { withDuckDbFile } from './duckdb-file.js';
export { eventually } from './eventually.js';
export { MemoryDeadLetterTopic } from './in-memory/memory-dead-letter-topic.js';
export { MemoryLog } from './in-memory/memory-log.js';
export { MemoryWarehouse } from './in-memory/memory-warehouse.js';
export { RecordingObserver } from './in-memory/recording-observer.js';
export { KafkaBroker, KafkaPortTaken, type KafkaBrokerOptions } from './kafka-broker/kafka-broker.js';
export { KafkaCluster, OFFSETS_TOPIC } from './kafka-broker/kafka-cluster.js';
export { kafkaDistribution, KafkaUnavailable, mustFetchKafka } from './kafka-broker/kafka-distribution.js';
export * from './kafka-broker/topics.js';
export { MetricsReading } from './metrics-reading.js';
export { OtlpEndpoint, type ReceivedSpan } from './otlp-endpoint.js';
export { freePort } from './processes/free-port.js';
export { IngesterProcess, type Service } from './processes/ingester-process.js';
export { JUMPING_CLOCK, jump } from './processes/jumping-clock.js';
export {
  COMPILE_CACHE,
  exitText,
  runCommand,
  runService,
  ServiceProcess,
  type ServiceOptions,
} from './processes/service-process.js';
export { javaCommand, javaFault, mavenFault } from './java/java-runtime.js';
export { fetchJars, hasJars, JarsUnavailable, type MavenJars } from './java/maven-jars.js';
export { spawnTied, type Exit } from './processes/spawn-tied.js';
export { REPOSITORY_ROOT } from './repository-root.js';
export { PythonUnavailable } from './python/python-environment.js';
export { FakesnowServer } from './fakesnow/fakesnow-server.js';
export {
  SnowpipeClient,
  type SnowpipeChannelStatus,
  type SnowpipeClientOptions,
} from './snowpipe/snowpipe-client.js';
export { SnowduckServer } from './snowduck/snowduck-server.js';
export { TlsFront } from './snowpipe/tls-front.js';
