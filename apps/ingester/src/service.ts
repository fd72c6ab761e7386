import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { BatchServerKafka } from '#kafka';
import { IngestionPipeline } from '#pipeline';
import { ServiceSettings } from '#settings';
import { AppModule } from './app.module.js';
import { releaseEarlySignals } from './early-signals.js';
import { guardHttp } from './http-guard.js';
import { LogMonitor } from './ingestion/log-monitor.js';
import { Predecessor } from './ingestion/predecessor.js';
import { StartupChecks, StartupError } from './startup/startup-checks.js';

const EXIT_FAILURE = 1;

/** Starts the service and keeps it until a signal or a fault ends it. Sets the exit code; does not return it. */
export async function runService(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    bufferLogs: true,
    // No request's content is of any use here.
    bodyParser: false,
    // Prometheus keeps its connection open; closing must not wait for it.
    forceCloseConnections: true,
  });
  const logger = app.get(Logger);
  app.useLogger(logger);
  guardHttp(app);
  const stopping = stopOnSignals(app, logger);
  liftLimitOnSignal(app, logger);
  releaseEarlySignals();

  const { metricsHost, metricsPort, statusPage } = app.get(ServiceSettings);
  logger.log("🍷 Les Caves d'Albert: sales events, from Kafka into the warehouse");
  try {
    // Health answers from here on, also while the broker or the warehouse is waited for.
    // Without an address Node opens the port for IPv6 and IPv4, or for IPv4 alone where there is no IPv6.
    await (metricsHost === undefined ? app.listen(metricsPort) : app.listen(metricsPort, metricsHost));
    const url = await app.getUrl();
    logger.log(`📊 Metrics and health on ${url}${statusPage ? `, and a page to watch at ${url}/` : ''}`);
    await app.get(StartupChecks).pass(stopping);
    if (stopping.aborted) return;
    app.get(IngestionPipeline).start();
    app.connectMicroservice({ strategy: app.get(BatchServerKafka) });
    await app.startAllMicroservices();
    app.get(LogMonitor).start();
    app.get(Predecessor).start();
  } catch (error) {
    if (stopping.aborted) return;
    logger.error(`❌ Not started: ${explain(error, metricsPort)}`);
    await app.close();
    process.exitCode = EXIT_FAILURE;
  }
}

/**
 * SIGTERM or SIGINT: what was read is stored, offsets are committed, the group is left, and the process ends with 0,
 * or with 1 when that takes longer than DRAIN_TIMEOUT_MS: what was not stored is read again. A second signal ends at
 * once.
 */
function stopOnSignals(app: INestApplication, logger: Logger): AbortSignal {
  const stopping = new AbortController();
  const { drainTimeoutMs } = app.get(ServiceSettings);
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) {
      logger.warn(`⚠️ ${signal} again: ending at once; what was not stored yet is read again`);
      process.exit(EXIT_FAILURE);
    }
    stopping.abort();
    logger.log(`🛑 ${signal}: the events that were read are stored first`);
    setTimeout(() => {
      logger.error(
        `❌ Not drained within ${drainTimeoutMs} ms: ending; what was not stored yet is read again`,
      );
      process.exit(EXIT_FAILURE);
    }, drainTimeoutMs).unref();
    void close(app, logger);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stopping.signal;
}

/** SIGUSR2: an operator has looked, and what the dead-letter limit holds is to become dead letters. */
function liftLimitOnSignal(app: INestApplication, logger: Logger): void {
  process.on('SIGUSR2', () => {
    if (app.get(IngestionPipeline).liftDeadLetterLimit()) return;
    logger.warn('⚠️ SIGUSR2: the dead-letter limit holds nothing here, so nothing is changed');
  });
}

async function close(app: INestApplication, logger: Logger): Promise<never> {
  try {
    await app.close();
    logger.log('✅ Stopped: the offsets of all that is stored are committed');
    process.exit(0);
  } catch (error) {
    logger.error(`❌ Stopped with a fault: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(EXIT_FAILURE);
  }
}

function explain(error: unknown, port: number): string {
  if (error instanceof StartupError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `port ${port} is taken; set METRICS_PORT to a free one`;
  if (code === 'EACCES')
    return `port ${port} may not be opened by this user; set METRICS_PORT to one above 1023`;
  return error.message;
}
