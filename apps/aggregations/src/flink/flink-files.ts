import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface FlinkPorts {
  rpc: number;
  rest: number;
}

/** Where a local Flink keeps its files. */
export class FlinkFiles {
  constructor(readonly folder: string) {
    for (const each of ['conf', 'log', 'temporary']) mkdirSync(join(folder, each), { recursive: true });
  }

  get configuration(): string {
    return join(this.folder, 'conf');
  }

  /** Holds checkpoints and savepoints, from which the job continues. */
  get state(): string {
    return join(this.folder, 'state');
  }

  get script(): string {
    return join(this.folder, 'aggregations.sql');
  }

  log(name: 'jobmanager' | 'taskmanager'): string {
    return join(this.folder, 'log', `${name}.log`);
  }

  /** Writes Flink's configuration: one JobManager, one TaskManager of 1 GB, on the loopback interface. */
  write(script: string, ports: FlinkPorts, { checkpointMs, parallelism, metricsPort }: FlinkOptions): void {
    writeFileSync(this.script, script, { mode: 0o600 });
    const settings = {
      'jobmanager.rpc.address': '127.0.0.1',
      'jobmanager.bind-host': '127.0.0.1',
      'jobmanager.rpc.port': ports.rpc,
      'jobmanager.memory.process.size': '900m',
      'rest.address': '127.0.0.1',
      'rest.bind-address': '127.0.0.1',
      'rest.port': ports.rest,
      'rest.bind-port': String(ports.rest),
      'taskmanager.host': '127.0.0.1',
      'taskmanager.bind-host': '127.0.0.1',
      'taskmanager.numberOfTaskSlots': parallelism,
      ...TASK_MANAGER_MEMORY,
      'io.tmp.dirs': join(this.folder, 'temporary'),
      'parallelism.default': parallelism,
      'heartbeat.interval': 2_000,
      'heartbeat.timeout': 20_000,
      // Operators pass rows on without a copy, which those of SQL allow.
      'pipeline.object-reuse': true,
      'state.backend.type': 'rocksdb',
      // Most ids are new: without a look into each file of the state.
      'state.backend.rocksdb.use-bloom-filter': true,
      'execution.checkpointing.incremental': true,
      'execution.checkpointing.interval': `${checkpointMs} ms`,
      'execution.checkpointing.mode': 'EXACTLY_ONCE',
      'execution.checkpointing.dir': pathToFileURL(join(this.state, 'checkpoints')).href,
      'execution.checkpointing.savepoint-dir': pathToFileURL(join(this.state, 'savepoints')).href,
      // Kept when this run ends: the next one continues there.
      'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
      'execution.state-recovery.claim-mode': 'CLAIM',
      // Kafka may be away for hours.
      'restart-strategy.type': 'exponential-delay',
      'restart-strategy.exponential-delay.max-backoff': '10 s',
      ...(metricsPort === null ? {} : metricsAt(metricsPort)),
    };
    const yaml = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
    writeFileSync(join(this.configuration, 'config.yaml'), yaml.join(''));
    writeFileSync(join(this.configuration, 'log4j2.properties'), LOGGING);
  }
}

export interface FlinkOptions {
  checkpointMs: number;
  parallelism: number;
  /** The JobManager's; the TaskManager has the next one. Null if there are no metrics. */
  metricsPort: number | null;
}

/** Without the ids that change with each start: a series goes on after it. */
function metricsAt(port: number): Record<string, string> {
  return {
    'metrics.reporters': 'prometheus',
    'metrics.reporter.prometheus.factory.class':
      'org.apache.flink.metrics.prometheus.PrometheusReporterFactory',
    // Each process takes the first that is free.
    'metrics.reporter.prometheus.port': `${port}-${port + 1}`,
    'metrics.reporter.prometheus.scope.variables.excludes':
      'job_id;task_id;task_attempt_id;task_attempt_num;operator_id;tm_id',
  };
}

/** The JVM's own limits, in {@link TASK_MANAGER_JVM}, are those of this list. */
const TASK_MANAGER_MEMORY = {
  'taskmanager.cpu.cores': 2,
  'taskmanager.memory.framework.heap.size': '128m',
  'taskmanager.memory.framework.off-heap.size': '128m',
  'taskmanager.memory.task.heap.size': '256m',
  'taskmanager.memory.task.off-heap.size': '0m',
  'taskmanager.memory.managed.size': '256m',
  'taskmanager.memory.network.min': '64m',
  'taskmanager.memory.network.max': '64m',
  'taskmanager.memory.jvm-metaspace.size': '256m',
  'taskmanager.memory.jvm-overhead.min': '192m',
  'taskmanager.memory.jvm-overhead.max': '192m',
};
export const TASK_MANAGER_JVM = ['-Xmx384m', '-XX:MaxDirectMemorySize=192m', '-XX:MaxMetaspaceSize=256m'];
export const JOB_MANAGER_JVM = [
  // It plans one job: the optimizing compiler does not pay off.
  '-XX:TieredStopAtLevel=1',
  '-Xmx512m',
  '-XX:MaxMetaspaceSize=256m',
];

const LOGGING = `rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %p %c{1} %m%n
logger.kafka.name = org.apache.flink.kafka.shaded.org.apache.kafka
logger.kafka.level = WARN
# Flink registers one metric of its sinks twice, and warns of it at each checkpoint.
logger.metrics.name = org.apache.flink.metrics.MetricGroup
logger.metrics.level = ERROR
`;
