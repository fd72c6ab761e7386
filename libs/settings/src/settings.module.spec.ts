import { Test } from '@nestjs/testing';
import {
  BatchSettings,
  DuckDbSettings,
  KafkaSettings,
  Settings,
  SettingsError,
  SettingsModule,
  SnowflakeSettings,
} from './index.js';

describe('SettingsModule', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it('provides the settings and each section, read from the environment', async () => {
    Object.assign(process.env, { WAREHOUSE: 'duckdb', DUCKDB_PATH: 'a.duckdb', BATCH_MIN_EVENTS: '7' });
    const app = await Test.createTestingModule({ imports: [SettingsModule] }).compile();
    expect(app.get(Settings).batch).toBe(app.get(BatchSettings));
    expect(app.get(BatchSettings)).toMatchObject({ minEvents: 7 });
    expect(app.get(KafkaSettings)).toBeInstanceOf(KafkaSettings);
    expect(app.get(DuckDbSettings)).toMatchObject({ path: 'a.duckdb' });
    expect(app.get(SnowflakeSettings)).toBeNull();
    await app.close();
  });

  it('fails to create the application if the configuration is invalid', async () => {
    Object.assign(process.env, { WAREHOUSE: 'duckdb', DUCKDB_PATH: '', BATCH_MIN_EVENTS: 'x' });
    const making = Test.createTestingModule({ imports: [SettingsModule] }).compile();
    await expect(making).rejects.toBeInstanceOf(SettingsError);
  });
});
