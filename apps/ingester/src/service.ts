import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { IngestionPipeline } from '#pipeline';
import { runService } from '#service';
import { AppModule } from './app.module.js';
import { Predecessor } from './ingestion/predecessor.js';

/** Starts the ingester and keeps it until a signal or a fault ends it. Sets the exit code; does not return it. */
export async function runIngester(): Promise<void> {
  await runService({
    module: AppModule,
    greeting: "🍷 Les Caves d'Albert: sales events, from Kafka into the warehouse",
    hasPage: true,
    created: liftLimitOnSignal,
    started: (app) => {
      app.get(Predecessor).start();
    },
  });
}

/** SIGUSR2: an operator has decided that the events held by the dead-letter limit shall become dead letters. */
function liftLimitOnSignal(app: NestExpressApplication): void {
  const logger = app.get(Logger);
  process.on('SIGUSR2', () => {
    if (app.get(IngestionPipeline).liftDeadLetterLimit()) return;
    logger.warn('⚠️ SIGUSR2: the dead-letter limit holds nothing here, so nothing changes');
  });
}
