import { Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { KafkaEventSource } from '#kafka';
import { IngestionPipeline } from '#pipeline';

/**
 * Stores what has been read before anything is closed: Nest closes the HTTP server before its microservices, and
 * metrics and health are wanted while the last batch is written.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly pipeline: IngestionPipeline,
    private readonly source: KafkaEventSource,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.pipeline.drain();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.source.close();
  }
}
