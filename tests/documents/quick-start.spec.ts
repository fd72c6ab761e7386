import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, freePort, KafkaBroker, withDuckDbFile } from '#testing';
import { blocks, document } from './markdown.js';
import { runScript } from './script.js';

const PAGE = document('docs/quick-start.md');

describe('docs/quick-start.md', () => {
  let folder: string;
  let broker: KafkaBroker;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quick-start-'));
    broker = await KafkaBroker.start({ dataDir: join(folder, 'kafka') });
    for (const topic of ['sales_events', 'sales_events_dlq']) {
      await createTopic(broker.bootstrapServer, topic, { partitions: 2 });
    }
    port = await freePort();
  });
  afterAll(async () => {
    await broker.stop();
    await rm(folder, { recursive: true });
  });

  it('has commands that work in this order', async () => {
    const script = blocks(PAGE, 'sh')
      .join('\n')
      .replaceAll('npm start --', 'npm run -s local --')
      .replaceAll('localhost:8000', `127.0.0.1:${port}`)
      .replaceAll('localhost:9092', broker.bootstrapServer)
      .replaceAll('demo', join(folder, 'demo'));
    const output = await runScript(script, {
      HOME: folder,
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: String(port),
      BATCH_MAX_WAIT_MS: '500',
    });
    expect(output).toMatch(/It adds up: 2,000 produced/);
    expect(output).toMatch(/snowflake_events_inserted_total\{event_type="ORDER_CREATED"\} \d+/);
  });

  it('has queries that return rows, and a ledger without a difference', async () => {
    await withDuckDbFile(join(folder, 'demo/data/warehouse.duckdb'), 'READ_ONLY', async (connection) => {
      for (const sql of blocks(PAGE, 'sql')) {
        const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
        expect(rows.length).toBeGreaterThan(0);
        for (const row of rows) expect(row['DIFFERENCE'] ?? '0').toBe('0');
      }
    });
  });
});
