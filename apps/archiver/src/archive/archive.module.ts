import { Module } from '@nestjs/common';
import { BatchServerKafka, KafkaEventSource } from '#kafka';
import { Lake, ObjectStore, storeFromSettings } from '#lake';
import {
  EventRepository,
  EventSource,
  IngestionPipeline,
  PipelineObserver,
  PipelineObservers,
} from '#pipeline';
import { consumerProviders, Drain, KafkaClientModule, LogMonitor } from '#service';
import { LakeSettings } from '#settings';
import { ArchiverTelemetry } from '../telemetry/archiver-telemetry.js';
import { ArchivePipeline } from './archive-pipeline.js';
import { LakeRepository } from './lake-repository.js';
import { RecordEncoder } from './record-encoder.js';
import { RECORDS, RecordsController } from './records.controller.js';

/** Bounds the memory of tiny records, whose objects cost more than their bytes. */
const MAX_RECORDS = 100_000;

/** Wires the path of a record: Kafka -> controller -> pipeline -> lake. */
@Module({
  imports: [KafkaClientModule],
  controllers: [RecordsController],
  providers: [
    LogMonitor,
    Drain,
    {
      provide: PipelineObserver,
      inject: [ArchiverTelemetry],
      useFactory: (telemetry: ArchiverTelemetry) => new PipelineObservers(telemetry),
    },
    ...consumerProviders(RECORDS),
    {
      provide: ObjectStore,
      inject: [LakeSettings],
      useFactory: (settings: LakeSettings) => storeFromSettings(settings, settings.location ?? ''),
    },
    {
      provide: EventRepository,
      inject: [ObjectStore, ArchiverTelemetry],
      useFactory: (store: ObjectStore, telemetry: ArchiverTelemetry) =>
        new LakeRepository(new Lake(store), (object) => {
          telemetry.objectWritten(object);
        }),
    },
    {
      provide: IngestionPipeline,
      inject: [EventSource, EventRepository, PipelineObserver, LakeSettings],
      useFactory: (
        source: EventSource,
        repository: EventRepository,
        observer: PipelineObserver,
        { maxBytes, maxWaitMs, missingObjects }: LakeSettings,
      ) =>
        new ArchivePipeline(
          source,
          new RecordEncoder(),
          repository,
          // No record is rejected, so no letter is published.
          { publish: async () => null },
          observer,
          { minEvents: MAX_RECORDS, maxEvents: MAX_RECORDS, maxWaitMs, maxBytes },
          undefined,
          missingObjects,
        ),
    },
  ],
  exports: [BatchServerKafka, EventRepository, IngestionPipeline, KafkaEventSource, LogMonitor],
})
export class ArchiveModule {}
