import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { EventRepository } from '#pipeline';
import { BatchSettings, DuckDbSettings, KafkaSettings, SnowflakeSettings, type Settings } from '#settings';
import { DuckDbRepository, memoryForBatches } from './duckdb/writing/duckdb-repository.js';
import { snowflakeOptions } from './snowflake/session/options-from-settings.js';
import { SnowflakeRepository } from './snowflake/writing/snowflake-repository.js';

/** Provides {@link EventRepository}, not opened yet, and closes it once all that writes has been shut down. */
@Module({
  providers: [
    {
      provide: EventRepository,
      inject: [DuckDbSettings, SnowflakeSettings, KafkaSettings, BatchSettings],
      useFactory: chosenRepository,
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

/** The {@link EventRepository} that the settings choose, not opened yet. */
export function eventRepository({ duckDb, snowflake, kafka, batch }: Settings): EventRepository {
  return chosenRepository(duckDb, snowflake, kafka, batch);
}

/** The settings of the engine that is not chosen are null. */
function chosenRepository(
  duckDb: DuckDbSettings | null,
  snowflake: SnowflakeSettings | null,
  { groupId }: KafkaSettings,
  { maxBytes, eventMaxBytes }: BatchSettings,
): EventRepository {
  if (snowflake !== null) return new SnowflakeRepository(snowflakeOptions(snowflake, groupId));
  if (duckDb === null) throw new Error('the settings hold no warehouse');
  return new DuckDbRepository({
    path: duckDb.path,
    consumerGroup: groupId,
    memoryLimitMib: memoryForBatches(maxBytes, eventMaxBytes),
  });
}
