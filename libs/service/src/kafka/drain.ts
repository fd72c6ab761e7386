import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { IngestionPipeline } from '#pipeline';

/**
 * Stores what has been read before anything is closed: Nest closes the HTTP server before its microservices, but
 * metrics and health must stay available while the last batch is written.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  constructor(private readonly pipeline: IngestionPipeline) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.pipeline.drain();
  }
}
