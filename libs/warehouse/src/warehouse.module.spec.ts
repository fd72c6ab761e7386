import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { EventRepository } from '#pipeline';
import { BatchSettings, DuckDbSettings, KafkaSettings, WarehouseSettings } from '#settings';
import { EVENT_REPOSITORY, WarehouseModule } from './warehouse.module.js';

/** The settings as SettingsModule provides them: the section of the engine that is not chosen is null. */
function settings(engine: string, path: string | null) {
  const sections = [
    { provide: WarehouseSettings, useValue: { engine } },
    { provide: DuckDbSettings, useValue: path === null ? null : { path } },
    { provide: KafkaSettings, useValue: { groupId: 'ingestion' } },
    { provide: BatchSettings, useValue: { maxBytes: 16 * 1024 * 1024 } },
  ];
  @Global()
  @Module({ providers: sections, exports: sections.map(({ provide }) => provide) })
  class ChosenSettings {}
  return ChosenSettings;
}

async function start(engine: string, path: string | null) {
  const app = await Test.createTestingModule({
    imports: [settings(engine, path), WarehouseModule],
  }).compile();
  return { app, repository: app.get<EventRepository>(EVENT_REPOSITORY) };
}

describe('the warehouse that the settings choose', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'warehouse-module-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('is the DuckDB file, and is closed with the application', async () => {
    const { app, repository } = await start('duckdb', join(folder, 'local.duckdb'));
    expect(await repository.open()).toEqual([]);
    expect(await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 3 }])).toMatchObject([
      { nextOffset: 3 },
    ]);

    await app.close();

    await expect(repository.claim([])).rejects.toThrow('not open');
  });

  it('is refused in plain words where there is no adapter for it', async () => {
    const { app, repository } = await start('snowflake', null);

    expect(await repository.open()).toEqual([
      {
        class: 'setup',
        code: 'NO_ADAPTER',
        message: 'WAREHOUSE=snowflake: this version cannot write to that warehouse yet',
        remedy: 'Set WAREHOUSE=duckdb and DUCKDB_PATH',
      },
    ]);
    await expect(repository.claim([])).rejects.toThrow('WAREHOUSE=snowflake');
    await app.close();
  });
});
