import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { EventRepository } from '#pipeline';
import { DuckDbSettings, KafkaSettings, WarehouseSettings } from '#settings';
import { DuckDbRepository } from './duckdb/duckdb-repository.js';

/** The injection token of the {@link EventRepository} that WAREHOUSE chooses. */
export const EVENT_REPOSITORY = Symbol('EVENT_REPOSITORY');

/** Closed after the pipeline is drained. */
@Injectable()
class RepositoryClosing implements OnApplicationShutdown {
  constructor(@Inject(EVENT_REPOSITORY) private readonly repository: EventRepository) {}

  async onApplicationShutdown(): Promise<void> {
    await this.repository.close();
  }
}

@Module({
  providers: [
    {
      provide: EVENT_REPOSITORY,
      inject: [WarehouseSettings, { token: DuckDbSettings, optional: true }, KafkaSettings],
      useFactory: repositoryFor,
    },
    RepositoryClosing,
  ],
  exports: [EVENT_REPOSITORY],
})
export class WarehouseModule {}

function repositoryFor(
  { engine }: WarehouseSettings,
  duckDb: DuckDbSettings | null,
  { groupId }: KafkaSettings,
): EventRepository {
  switch (engine) {
    case 'duckdb':
      if (duckDb === null) throw new Error('WAREHOUSE is duckdb, and its settings are missing');
      return new DuckDbRepository({ path: duckDb.path, consumerGroup: groupId });
    case 'snowflake':
      throw new Error('WAREHOUSE=snowflake is not built yet: set WAREHOUSE=duckdb and DUCKDB_PATH');
  }
}
