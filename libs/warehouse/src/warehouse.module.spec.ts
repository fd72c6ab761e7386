import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { EventRepository } from '#pipeline';
import { BatchSettings, DuckDbSettings, KafkaSettings, Secret, SnowflakeSettings } from '#settings';
import { WarehouseModule } from './warehouse.module.js';

/** The settings as SettingsModule provides them: the section of the other engine is null. */
function settings(chosen: { path: string } | Partial<SnowflakeSettings>) {
  const sections = [
    { provide: DuckDbSettings, useValue: 'path' in chosen ? chosen : null },
    { provide: SnowflakeSettings, useValue: 'path' in chosen ? null : chosen },
    { provide: KafkaSettings, useValue: { groupId: 'ingestion' } },
    { provide: BatchSettings, useValue: { maxBytes: 16 * 1024 * 1024, eventMaxBytes: 16 * 1024 * 1024 } },
  ];
  @Global()
  @Module({ providers: sections, exports: sections.map(({ provide }) => provide) })
  class ChosenSettings {}
  return ChosenSettings;
}

async function start(chosen: Parameters<typeof settings>[0]) {
  const app = await Test.createTestingModule({
    imports: [settings(chosen), WarehouseModule],
  }).compile();
  return { app, repository: app.get(EventRepository) };
}

describe('the warehouse that the settings select', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'warehouse-module-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('is the DuckDB file, and is closed with the application', async () => {
    const { app, repository } = await start({ path: join(folder, 'local.duckdb') });
    expect(await repository.open()).toEqual([]);
    expect(await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 3 }])).toMatchObject([
      { nextOffset: 3 },
    ]);

    await app.close();

    await expect(repository.claim([])).rejects.toThrow('not open');
  });

  it('is Snowflake, with the settings as its options', async () => {
    const { app, repository } = await start({
      account: 'testaccount',
      accessUrl: 'http://127.0.0.1:1',
      authenticator: 'password',
      user: 'INGESTER',
      password: new Secret('canary'),
      warehouse: 'INGEST_WH',
      database: 'CAVES_ALBERT',
      schema: 'RAW_DATA',
      lockTimeoutSeconds: 1,
      statementTimeoutSeconds: 1,
      requestTimeoutMs: 1_000,
      maxBindBytes: 1_000_000,
    });
    const faults = await repository.open();
    expect(faults).toEqual([expect.objectContaining({ class: 'transient' })]);
    expect(JSON.stringify(faults)).not.toContain('canary');
    await app.close();
  });
});
