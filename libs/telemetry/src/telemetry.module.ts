import { Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { Registry } from 'prom-client';
import {
  DeadLetterSettings,
  KafkaSettings,
  LogSettings,
  ServiceSettings,
  TracingSettings,
  WarehouseSettings,
  serviceVersion,
} from '#settings';
import { KafkaLog } from './log/kafka-log.js';
import { loggerParams } from './log/logger-params.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';
import { lagMaxAgeMs } from './pipeline/partition-readings.js';
import { PipelineTelemetry } from './pipeline/pipeline-telemetry.js';
import { Tracing } from './tracing/tracing.js';

/** Metrics at /metrics, log lines on standard output. Needs SettingsModule. */
@Global()
@Module({
  imports: [
    LoggerModule.forRootAsync({ inject: [LogSettings], useFactory: (log: LogSettings) => loggerParams(log) }),
    // Each application has its own registry, so the default one stays unused.
    PrometheusModule.register({ controller: MetricsController, defaultMetrics: { enabled: false } }),
  ],
  providers: [
    {
      provide: Metrics,
      useFactory: () => {
        const metrics = new Metrics(serviceVersion());
        metrics.collectProcess();
        return metrics;
      },
    },
    { provide: Registry, inject: [Metrics], useFactory: ({ registry }: Metrics) => registry },
    {
      provide: Tracing,
      inject: [
        TracingSettings,
        KafkaSettings,
        DeadLetterSettings,
        WarehouseSettings,
        ServiceSettings,
        PinoLogger,
        Metrics,
      ],
      useFactory: async (
        settings: TracingSettings,
        kafka: KafkaSettings,
        deadLetter: DeadLetterSettings,
        warehouse: WarehouseSettings,
        { drainTimeoutMs }: ServiceSettings,
        log: PinoLogger,
        metrics: Metrics,
      ): Promise<Tracing | null> => {
        if (settings.endpoint === null) return null;
        // OpenTelemetry costs memory and startup time, so it is loaded on first use.
        const { OpenTelemetryTracing } = await import('./tracing/open-telemetry-tracing.js');
        const names = {
          topic: kafka.topicName,
          group: kafka.groupId,
          deadLetterTopic: deadLetter.topic,
          warehouse: warehouse.engine,
        };
        return new OpenTelemetryTracing(settings, names, serviceVersion(), drainTimeoutMs, log, metrics);
      },
    },
    {
      provide: PipelineTelemetry,
      inject: [PinoLogger, Metrics, Tracing, KafkaSettings],
      useFactory: (log: PinoLogger, metrics: Metrics, tracing: Tracing | null, kafka: KafkaSettings) =>
        new PipelineTelemetry(
          log,
          metrics,
          () => tracing?.batches.fields() ?? {},
          lagMaxAgeMs(kafka.lagIntervalMs),
        ),
    },
    { provide: KafkaLog, inject: [PinoLogger], useFactory: (log: PinoLogger) => new KafkaLog(log) },
  ],
  exports: [Registry, Metrics, PipelineTelemetry, KafkaLog, Tracing],
})
export class TelemetryModule {}
