import { Module } from '@nestjs/common';
import { BatchServerKafka, KafkaEventSource } from '#kafka';
import {
  DeadLetterPublisher,
  EventRepository,
  EventSource,
  IngestionPipeline,
  MessageValidator,
  PipelineObserver,
  PipelineObservers,
} from '#pipeline';
import { consumerProviders, Drain, KafkaClientModule, LogMonitor } from '#service';
import { BatchSettings, DeadLetterSettings, WarehouseSettings } from '#settings';
import { PipelineTelemetry, Tracing } from '#telemetry';
import { WarehouseModule } from '#warehouse';
import { DeadLetterModule } from '../dead-letter/dead-letter.module.js';
import { ValidationModule } from '../validation/validation.module.js';
import { Predecessor } from './predecessor.js';
import { SALES_EVENTS, SalesEventsController } from './sales-events.controller.js';

/** Wires the path of an event: Kafka -> controller -> pipeline -> dead-letter topic and warehouse. */
@Module({
  imports: [KafkaClientModule, ValidationModule, WarehouseModule, DeadLetterModule],
  controllers: [SalesEventsController],
  providers: [
    LogMonitor,
    Predecessor,
    Drain,
    {
      provide: PipelineObservers,
      inject: [PipelineTelemetry, Tracing],
      // Tracing comes last, so that the last log line of a batch still has its trace.
      useFactory: (telemetry: PipelineTelemetry, tracing: Tracing | null) =>
        new PipelineObservers(telemetry, ...(tracing === null ? [] : [tracing.batches])),
    },
    { provide: PipelineObserver, useExisting: PipelineObservers },
    ...consumerProviders(SALES_EVENTS),
    {
      provide: IngestionPipeline,
      inject: [
        EventSource,
        MessageValidator,
        EventRepository,
        DeadLetterPublisher,
        PipelineObserver,
        BatchSettings,
        DeadLetterSettings,
        WarehouseSettings,
      ],
      useFactory: (
        source: EventSource,
        validator: MessageValidator,
        repository: EventRepository,
        publisher: DeadLetterPublisher,
        observer: PipelineObserver,
        limits: BatchSettings,
        deadLetterLimits: DeadLetterSettings,
        { missingCheckpoints }: WarehouseSettings,
      ) =>
        new IngestionPipeline(
          source,
          validator,
          repository,
          publisher,
          observer,
          limits,
          deadLetterLimits,
          missingCheckpoints,
        ),
    },
  ],
  exports: [
    BatchServerKafka,
    IngestionPipeline,
    KafkaEventSource,
    LogMonitor,
    PipelineObservers,
    Predecessor,
  ],
})
export class IngestionModule {}
