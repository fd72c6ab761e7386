import type { EventRepository, Fault } from '#pipeline';
import { Secret } from '#settings';
import { GROUP, StreamingWarehouse } from '#testing/warehouse-contract';
import { applySchema, planSchema, type StreamingOptions } from '#warehouse';

let warehouse: StreamingWarehouse;
let opened: EventRepository[];

beforeEach(async () => {
  opened = [];
  warehouse = await StreamingWarehouse.startStreaming();
});

afterEach(async () => {
  await Promise.all(opened.map((repository) => repository.close()));
  await warehouse.close();
});

async function faultsAtStartup(over: Partial<StreamingOptions> = {}): Promise<Fault[]> {
  const repository = warehouse.repository(GROUP, over);
  opened.push(repository);
  return repository.open();
}

const missing = (name: string): Partial<Fault> => ({
  class: 'setup',
  message: expect.stringContaining(name) as string,
  remedy: expect.stringContaining('operator schema apply') as string,
});

const PIPES = ['RAW_EVENTS_STREAM_PIPE', 'SALES_EVENTS_DLQ_PIPE', 'INGESTION_LEDGER_PIPE'];

describe('the check at startup names', () => {
  it.each(PIPES)('the missing pipe %s', async (pipe) => {
    await warehouse.execute(`DROP PIPE ${pipe}`);
    expect(await faultsAtStartup()).toEqual([expect.objectContaining(missing(pipe))]);
  });

  it('every missing pipe, not only the first', async () => {
    for (const pipe of PIPES) await warehouse.execute(`DROP PIPE ${pipe}`);
    expect(await faultsAtStartup()).toEqual(
      PIPES.map((pipe) => expect.objectContaining(missing(pipe)) as Fault),
    );
  });

  it.each(PIPES)('the pipe %s that the role may not use', async (pipe) => {
    warehouse.endpoint.revoke('OPERATE', pipe);
    expect(await faultsAtStartup()).toEqual([expect.objectContaining(missing(pipe))]);
  });

  it('the missing ledger, and its view', async () => {
    await warehouse.execute('DROP VIEW STREAMING_CHECKPOINTS');
    expect(await faultsAtStartup()).toEqual([expect.objectContaining(missing('STREAMING_CHECKPOINTS'))]);
    await warehouse.execute('DROP TABLE INGESTION_LEDGER');
    const faults = await faultsAtStartup();
    expect(faults).toEqual(expect.arrayContaining([expect.objectContaining(missing('INGESTION_LEDGER'))]));
  });

  it.each(['RAW_EVENTS_STREAM', 'SALES_EVENTS_DLQ'])(
    'the table %s that the role may not insert into',
    async (table) => {
      warehouse.endpoint.revoke('INSERT', table);
      const faults = await faultsAtStartup();
      expect(faults).not.toEqual([]);
      expect(faults[0]).toMatchObject({ class: 'setup', message: expect.stringContaining(table) as string });
    },
  );

  it('checkpoints in a hybrid table, which it does not use', async () => {
    await applySchema(warehouse.options, { ...warehouse.options, checkpoints: 'hybrid' });
    expect(await faultsAtStartup()).toMatchObject([
      {
        class: 'setup',
        code: 'HYBRID_CHECKPOINTS',
        remedy: expect.stringContaining('--checkpoints standard') as string,
      },
    ]);
  });

  it('a login that Snowpipe Streaming does not accept', async () => {
    const login = { kind: 'password', user: 'INGESTER', password: new Secret('canary') } as const;
    const faults = await faultsAtStartup({ login });
    expect(faults).toMatchObject([
      { class: 'setup', code: 'STREAMING_LOGIN', remedy: expect.stringContaining('key pair') as string },
    ]);
    expect(JSON.stringify(faults)).not.toContain('canary');
  });

  it('nothing if nothing is missing', async () => {
    expect(await faultsAtStartup()).toEqual([]);
  });
});

describe('the schema', () => {
  const target = { database: 'CAVES_ALBERT', schema: 'RAW_DATA', role: 'SALES_INGESTION' };
  const statements = (streaming: boolean) => planSchema({ ...target, streaming }).map(({ sql }) => sql);

  it('plans pipes, ledger, view and their grants only for Snowpipe Streaming', () => {
    const added = statements(true).filter((sql) => !statements(false).includes(sql));
    const starts = added.map((sql) => sql.split(/\s+AS\s|\s\(/)[0]);
    const place = 'CAVES_ALBERT.RAW_DATA';
    expect(starts).toEqual([
      `CREATE TABLE IF NOT EXISTS ${place}.INGESTION_LEDGER`,
      `CREATE VIEW IF NOT EXISTS ${place}.STREAMING_CHECKPOINTS`,
      ...PIPES.map((pipe) => `CREATE PIPE IF NOT EXISTS ${place}.${pipe}`),
      `GRANT SELECT, INSERT ON TABLE ${place}.INGESTION_LEDGER TO ROLE SALES_INGESTION`,
      `GRANT SELECT ON VIEW ${place}.STREAMING_CHECKPOINTS TO ROLE SALES_INGESTION`,
      ...PIPES.map((pipe) => `GRANT OPERATE, MONITOR ON PIPE ${place}.${pipe} TO ROLE SALES_INGESTION`),
    ]);
  });

  it('creates what is missing again, and leaves the rest as it is', async () => {
    await warehouse.execute('DROP PIPE SALES_EVENTS_DLQ_PIPE');
    await applySchema(warehouse.options, { ...warehouse.options, streaming: true });
    expect(await faultsAtStartup()).toEqual([]);
  });
});
