import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { BatchServerKafka } from '#kafka';
import { IngestionPipeline } from '#pipeline';
import { ServiceSettings } from '#settings';
import { releaseEarlySignals } from './early-signals/index.js';
import { guardHttp } from './http/http-guard.js';
import { LogMonitor } from './kafka/log-monitor.js';
import { StartupChecks, StartupError } from './startup/startup-checks.js';

const EXIT_FAILURE = 1;

/** What distinguishes one service from another. */
export interface ServiceProgram {
  module: Type;
  /** The first line of the log. */
  greeting: string;
  /** Whether the service has a status page, which STATUS_PAGE can turn off. */
  hasPage: boolean;
  /** Called before the service listens. */
  created?: (app: NestExpressApplication) => void;
  /** Called once the consumer runs. */
  started?: (app: NestExpressApplication) => void;
}

/** Starts a service and keeps it until a signal or a fault ends it. Sets the exit code; does not return it. */
export async function runService(program: ServiceProgram): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(program.module, {
    bufferLogs: true,
    // No request has a body that matters.
    bodyParser: false,
    // Prometheus keeps its connection open; shutdown must not wait for it.
    forceCloseConnections: true,
  });
  const logger = app.get(Logger);
  app.useLogger(logger);
  guardHttp(app);
  const stopping = stopOnSignals(app, logger);
  program.created?.(app);
  releaseEarlySignals();

  const { metricsHost, metricsPort, statusPage } = app.get(ServiceSettings);
  logger.log(program.greeting);
  try {
    // From here on /health responds, even while the startup waits for the broker or the warehouse.
    // Without an address Node listens on IPv6 and IPv4, or only on IPv4 if there is no IPv6.
    await (metricsHost === undefined ? app.listen(metricsPort) : app.listen(metricsPort, metricsHost));
    const url = await app.getUrl();
    logger.log(
      `📊 Metrics and health on ${url}${statusPage && program.hasPage ? `, status page at ${url}/` : ''}`,
    );
    await app.get(StartupChecks).pass(stopping);
    if (stopping.aborted) return;
    app.get(IngestionPipeline).start();
    app.connectMicroservice({ strategy: app.get(BatchServerKafka) });
    await app.startAllMicroservices();
    app.get(LogMonitor).start();
    program.started?.(app);
  } catch (error) {
    if (stopping.aborted) return;
    logger.error(`❌ Not started: ${explain(error, metricsPort)}`);
    await app.close();
    process.exitCode = EXIT_FAILURE;
  }
}

/**
 * SIGTERM and SIGINT: stores what was read, commits offsets, leaves the group, and exits with 0; or with 1 if it takes
 * longer than DRAIN_TIMEOUT_MS, in which case the rest is read again. A second signal exits at once.
 */
function stopOnSignals(app: INestApplication, logger: Logger): AbortSignal {
  const stopping = new AbortController();
  const { drainTimeoutMs } = app.get(ServiceSettings);
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) {
      logger.warn(`⚠️ ${signal} again: exiting at once; what is not stored yet will be read again`);
      process.exit(EXIT_FAILURE);
    }
    stopping.abort();
    logger.log(`🛑 ${signal}: storing what was read, then exiting`);
    setTimeout(() => {
      logger.error(
        `❌ Not drained within ${drainTimeoutMs} ms: exiting; what is not stored yet will be read again`,
      );
      process.exit(EXIT_FAILURE);
    }, drainTimeoutMs).unref();
    void close(app, logger);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stopping.signal;
}

async function close(app: INestApplication, logger: Logger): Promise<never> {
  try {
    await app.close();
    logger.log('✅ Stopped: the offsets of everything stored are committed');
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
  if (code === 'EADDRINUSE') return `port ${port} is in use; set METRICS_PORT to a free one`;
  if (code === 'EACCES') return `this user may not open port ${port}; set METRICS_PORT to one above 1023`;
  return error.message;
}
