import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Logger } from 'nestjs-pino';
import { serviceVersion, SettingsModule } from '#settings';
import { KafkaLog } from './log/kafka-log.js';
import { Metrics } from './metrics/metrics.js';
import { PipelineTelemetry } from './pipeline/pipeline-telemetry.js';

// Jest cannot load a CommonJS package that needs Nest before Nest itself is loaded.
const { TelemetryModule } = await import('./telemetry.module.js');

describe('TelemetryModule', () => {
  const before = { ...process.env };
  let app: INestApplication;
  beforeEach(async () => {
    Object.assign(process.env, { WAREHOUSE: 'duckdb', DUCKDB_PATH: 'a.duckdb', LOG_LEVEL: 'silent' });
    const module = await Test.createTestingModule({ imports: [SettingsModule, TelemetryModule] }).compile();
    app = module.createNestApplication();
    app.useLogger(app.get(Logger));
    await app.listen(0, '127.0.0.1');
  });
  afterEach(async () => {
    process.env = { ...before };
    await app.close();
  });

  it("serves the pipeline's metrics at /metrics", async () => {
    app.get(PipelineTelemetry).buffered(42, 4_200);
    const { port } = (app.getHttpServer() as { address: () => AddressInfo }).address();
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; (charset=utf-8; )?version=0\.0\.4/);
    const text = await response.text();
    expect(text).toContain('\ncurrent_batch_size 42\n');
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    expect(text).toContain(`\nbuild_info{version="${serviceVersion()}"} 1\n`);
  });

  it('keeps the metrics of applications separate', async () => {
    expect(await app.get(Metrics).registry.metrics()).toContain('\ncurrent_batch_size 0\n');
  });

  it('provides the log for kafkajs', () => {
    expect(app.get(KafkaLog).creator).toBeInstanceOf(Function);
  });
});
