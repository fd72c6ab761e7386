import { Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { Registry } from 'prom-client';
import { KafkaSettings, LogSettings, serviceVersion } from '#settings';
import { KafkaLog, lagMaxAgeMs, loggerParams, MetricsController } from '#telemetry';
import { ArchiverTelemetry } from './archiver-telemetry.js';
import { LakeMetrics } from './lake-metrics.js';

/** Metrics at /metrics, log lines on standard output. */
@Global()
@Module({
  imports: [
    LoggerModule.forRootAsync({ inject: [LogSettings], useFactory: (log: LogSettings) => loggerParams(log) }),
    // Each application has its own registry, so the default one stays unused.
    PrometheusModule.register({ controller: MetricsController, defaultMetrics: { enabled: false } }),
  ],
  providers: [
    { provide: LakeMetrics, useFactory: () => new LakeMetrics(serviceVersion()) },
    { provide: Registry, inject: [LakeMetrics], useFactory: ({ registry }: LakeMetrics) => registry },
    {
      provide: ArchiverTelemetry,
      inject: [PinoLogger, LakeMetrics, KafkaSettings],
      useFactory: (log: PinoLogger, metrics: LakeMetrics, { lagIntervalMs }: KafkaSettings) =>
        new ArchiverTelemetry(log, metrics, lagMaxAgeMs(lagIntervalMs)),
    },
    { provide: KafkaLog, inject: [PinoLogger], useFactory: (log: PinoLogger) => new KafkaLog(log) },
  ],
  exports: [LakeMetrics, ArchiverTelemetry, KafkaLog, Registry],
})
export class ArchiverTelemetryModule {}
