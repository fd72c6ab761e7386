import { Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { LogSettings } from '#settings';
import { KafkaLog } from './kafka-log.js';
import { loggerParams } from './logger-params.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { PipelineTelemetry } from './pipeline-telemetry.js';
import { serviceVersion } from './version.js';

/** Metrics at /metrics, log lines on the standard output. Needs SettingsModule. */
@Global()
@Module({
  imports: [
    LoggerModule.forRootAsync({ inject: [LogSettings], useFactory: (log: LogSettings) => loggerParams(log) }),
    // Each application has a registry of its own, so the default one is left alone.
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
    {
      provide: PipelineTelemetry,
      inject: [PinoLogger, Metrics],
      useFactory: (log: PinoLogger, metrics: Metrics) => new PipelineTelemetry(log, metrics),
    },
    { provide: KafkaLog, inject: [PinoLogger], useFactory: (log: PinoLogger) => new KafkaLog(log) },
  ],
  exports: [Metrics, PipelineTelemetry, KafkaLog],
})
export class TelemetryModule {}
