import { Module } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { BatchServerKafka, consumerConfig, KafkaEventSource } from '#kafka';
import {
  IngestionPipeline,
  MessageValidator,
  PipelineObservers,
  type DeadLetterPublisher,
  type EventRepository,
} from '#pipeline';
import { BatchSettings, DeadLetterSettings, KafkaSettings, WarehouseSettings } from '#settings';
import { PipelineTelemetry, TRACING, type Tracing } from '#telemetry';
import { EVENT_REPOSITORY, WarehouseModule } from '#warehouse';
import { DEAD_LETTER_PUBLISHER, DeadLetterModule } from '../dead-letter/dead-letter.module.js';
import { KAFKA, KafkaClientModule } from '../kafka-client.module.js';
import { ValidationModule } from '../validation/validation.module.js';
import { Drain } from './drain.js';
import { LogMonitor } from './log-monitor.js';
import { Predecessor } from './predecessor.js';
import { SALES_EVENTS, SalesEventsController } from './sales-events.controller.js';

/** The way of an event, wired: Kafka -> controller -> pipeline -> dead-letter topic and warehouse. */
@Module({
  imports: [KafkaClientModule, ValidationModule, WarehouseModule, DeadLetterModule],
  controllers: [SalesEventsController],
  providers: [
    LogMonitor,
    Predecessor,
    Drain,
    {
      provide: PipelineObservers,
      inject: [PipelineTelemetry, TRACING],
      // Tracing comes last: a batch's last log line still finds its trace.
      useFactory: (telemetry: PipelineTelemetry, tracing: Tracing | null) =>
        new PipelineObservers(telemetry, ...(tracing === null ? [] : [tracing.batches])),
    },
    {
      provide: KafkaEventSource,
      inject: [KAFKA, KafkaSettings, PipelineObservers],
      useFactory: (kafka: Kafka, settings: KafkaSettings, observer: PipelineObservers) =>
        new KafkaEventSource(kafka, settings.groupId, observer, settings.sessionTimeoutMs),
    },
    {
      provide: BatchServerKafka,
      inject: [KAFKA, KafkaSettings, KafkaEventSource],
      useFactory: (kafka: Kafka, settings: KafkaSettings, source: KafkaEventSource) =>
        new BatchServerKafka({
          kafka,
          source,
          consumer: consumerConfig(settings),
          topics: { [SALES_EVENTS]: settings.topicName },
        }),
    },
    {
      provide: IngestionPipeline,
      inject: [
        KafkaEventSource,
        MessageValidator,
        EVENT_REPOSITORY,
        DEAD_LETTER_PUBLISHER,
        PipelineObservers,
        BatchSettings,
        DeadLetterSettings,
        WarehouseSettings,
      ],
      useFactory: (
        source: KafkaEventSource,
        validator: MessageValidator,
        repository: EventRepository,
        publisher: DeadLetterPublisher,
        observer: PipelineObservers,
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
