import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { KafkaFetchedBatch } from '#kafka';
import { IngestionPipeline } from '#pipeline';

/** What the handler listens to; KAFKA_TOPIC_NAME says which topic that is. */
export const SALES_EVENTS = 'sales_events';

/** Where events come in: one call for each fetched batch of one partition. */
@Controller()
export class SalesEventsController {
  constructor(private readonly pipeline: IngestionPipeline) {}

  /** Resolves when the whole fetch is buffered, so that the next one can start. */
  @EventPattern(SALES_EVENTS, { batch: true })
  async onFetched(@Payload() fetched: KafkaFetchedBatch): Promise<void> {
    try {
      await this.pipeline.accept(fetched);
    } catch (error) {
      // The group rebalances. The transport hands that on to kafkajs; Nest would log it as an error, with its stack.
      if (error !== fetched.heartbeatError) throw error;
    }
  }
}
