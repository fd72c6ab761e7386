import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { EventRepository } from '#pipeline';
import { BatchSettings, DuckDbSettings, KafkaSettings, SnowflakeSettings } from '#settings';
import { warehouseEngine } from './engine.js';

/** Provides the repository of the engine that WAREHOUSE selects, not yet opened; closes it when the application ends. */
@Module({
  providers: [
    {
      provide: EventRepository,
      inject: [DuckDbSettings, SnowflakeSettings, KafkaSettings, BatchSettings],
      useFactory: (
        duckDb: DuckDbSettings | null,
        snowflake: SnowflakeSettings | null,
        kafka: KafkaSettings,
        batch: BatchSettings,
      ) => warehouseEngine({ duckDb, snowflake, kafka, batch }, 'service').repository,
    },
  ],
  exports: [EventRepository],
})
export class WarehouseModule implements OnApplicationShutdown {
  constructor(private readonly repository: EventRepository) {}

  async onApplicationShutdown(): Promise<void> {
    await this.repository.close();
  }
}
