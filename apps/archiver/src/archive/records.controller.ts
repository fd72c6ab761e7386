import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { KafkaFetchedBatch } from '#kafka';
import { IngestionPipeline } from '#pipeline';

/** The pattern of the handler; KAFKA_TOPIC_NAME is the actual topic. */
export const RECORDS = 'sales_events';

/** The entry point of records: one call for each batch that is fetched from a partition. */
@Controller()
export class RecordsController {
  constructor(private readonly pipeline: IngestionPipeline) {}

  /** Resolves once the whole fetch is buffered, so that the next one can start. */
  @EventPattern(RECORDS, { batch: true })
  async onFetched(@Payload() fetched: KafkaFetchedBatch): Promise<void> {
    try {
      await this.pipeline.accept(fetched);
    } catch (error) {
      // The group rebalances. The transport passes that to kafkajs; Nest would log it as an error with a stack trace.
      if (error !== fetched.heartbeatError) throw error;
    }
  }
}
