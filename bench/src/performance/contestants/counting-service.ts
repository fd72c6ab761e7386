import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { Logger } from 'nestjs-pino';
import { BatchServerKafka } from '#kafka';
import { EventRepository, IngestionPipeline } from '#pipeline';
import { ServiceSettings } from '#settings';
import { Metrics, PipelineTelemetry } from '#telemetry';
import { LogMonitor, StartupChecks } from '#service';
import { AppModule } from '#apps/ingester';
import { CountingRepository } from './counting-repository.js';
import { SilentObserver } from './silent-observer.js';

/**
 * The service as apps/ingester starts it, all of it but the warehouse, which only counts. A warehouse like that must
 * not be there to choose in production, so it is put in here. BENCH_TELEMETRY=off puts telemetry out as well.
 */
const building = Test.createTestingModule({ imports: [AppModule] })
  .overrideProvider(EventRepository)
  .useValue(new CountingRepository());
if (process.env['BENCH_TELEMETRY'] === 'off') {
  building.overrideProvider(PipelineTelemetry).useValue(new SilentObserver());
  // Nothing is collected of the process either.
  building.overrideProvider(Metrics).useValue(new Metrics('bench'));
}
const testingModule = await building.compile();
const app = testingModule.createNestApplication<NestExpressApplication>({
  bufferLogs: true,
  forceCloseConnections: true,
});
app.useLogger(app.get(Logger));

const { metricsHost, metricsPort } = app.get(ServiceSettings);
await app.listen(metricsPort, metricsHost ?? '127.0.0.1');
await app.get(StartupChecks).pass(new AbortController().signal);
app.get(IngestionPipeline).start();
app.connectMicroservice({ strategy: app.get(BatchServerKafka) });
await app.startAllMicroservices();
app.get(LogMonitor).start();

process.once('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
