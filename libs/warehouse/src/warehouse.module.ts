import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { EventRepository } from '#pipeline';
import { BatchSettings, DuckDbSettings, KafkaSettings, WarehouseSettings } from '#settings';
import { DuckDbRepository, memoryForBatches } from './duckdb/duckdb-repository.js';
import { RefusedWarehouse } from './refused-warehouse.js';

/** The injection token of the {@link EventRepository} that the settings choose. */
export const EVENT_REPOSITORY = Symbol('EVENT_REPOSITORY');

/** Provides {@link EVENT_REPOSITORY}, not opened yet, and closes it once all that writes has been shut down. */
@Module({
  providers: [
    {
      provide: EVENT_REPOSITORY,
      inject: [WarehouseSettings, DuckDbSettings, KafkaSettings, BatchSettings],
      useFactory: eventRepository,
    },
  ],
  exports: [EVENT_REPOSITORY],
})
export class WarehouseModule implements OnApplicationShutdown {
  constructor(@Inject(EVENT_REPOSITORY) private readonly repository: EventRepository) {}

  async onApplicationShutdown(): Promise<void> {
    await this.repository.close();
  }
}

function eventRepository(
  { engine }: WarehouseSettings,
  duckDb: DuckDbSettings | null,
  { groupId }: KafkaSettings,
  { maxBytes }: BatchSettings,
): EventRepository {
  if (duckDb !== null) {
    return new DuckDbRepository({
      path: duckDb.path,
      consumerGroup: groupId,
      memoryLimitMib: memoryForBatches(maxBytes),
    });
  }
  return new RefusedWarehouse({
    class: 'setup',
    code: 'NO_ADAPTER',
    message: `WAREHOUSE=${engine}: this version cannot write to that warehouse yet`,
    remedy: 'Set WAREHOUSE=duckdb and DUCKDB_PATH',
  });
}
