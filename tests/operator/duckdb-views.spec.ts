import { readdirSync } from 'node:fs';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { batch, DuckDbWarehouse, expectStored, GROUP, range, row, TOPIC } from '#testing/warehouse-contract';
import { builtOperator, operator } from './operator.js';

const VIEWS = readdirSync(join(REPOSITORY_ROOT, 'analytics')).filter((file) => file.endsWith('.sql'));

describe('the views for analysts in a DuckDB file', () => {
  let warehouse: DuckDbWarehouse;
  let env: Record<string, string>;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'views-'));
    warehouse = await DuckDbWarehouse.start();
    env = { WAREHOUSE: 'duckdb', DUCKDB_PATH: warehouse.path };
  });
  afterEach(async () => {
    await warehouse.close();
    await rm(folder, { recursive: true });
  });

  /** Runs the service's adapter on the file, as one start of the service does. */
  async function serviceStores(offset: number) {
    const repository = warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    expectStored(await repository.write(batch({ rows: [row(offset)], ranges: [range(offset, offset + 1)] })));
    await repository.close();
  }

  const viewNames = async () => {
    const rows = await warehouse.query(
      'SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY view_name',
    );
    return rows.map((each) => each['view_name']);
  };

  it('are created by one command, and again by the next, while the service can go on', async () => {
    await serviceStores(0);
    const first = await operator(env, 'schema', 'apply', '--analytics');
    await serviceStores(1);
    const second = await operator(env, 'schema', 'apply', '--analytics');

    expect([first, second]).toMatchObject([
      { code: 0, stderr: '', stdout: expect.stringContaining('done  the view HOURLY_REVENUE\n') },
      { code: 0, stderr: '' },
    ]);
    expect(await viewNames()).toHaveLength(VIEWS.length + 1);
    expect(await warehouse.query('SELECT count(*) AS N FROM DELIVERED_EVENTS')).toEqual([{ N: 2n }]);
  });

  it('are printed without opening the file', async () => {
    const plan = await operator({ ...env, DUCKDB_PATH: '/nowhere/file' }, 'schema', 'plan', '--analytics');
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect(plan.stdout).toContain('CREATE OR REPLACE MACRO GET_PATH');
    expect(plan.stdout).not.toContain('COPY GRANTS');
  });

  it('need a file that exists and is free, and the error says so', async () => {
    const missing = await operator(env, 'schema', 'apply', '--analytics');
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('start the service once') });

    await serviceStores(0);
    const repository = warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    const held = await builtOperator(env, 'schema', 'apply', '--analytics');
    await repository.close();
    expect(held).toMatchObject({ code: 1, stderr: expect.stringContaining('(DUCKDB_LOCKED)') });
    expect(held.stderr).toContain('End the process that has it open');
  });

  it('are created all or none: a statement that fails is named with the reason', async () => {
    await serviceStores(0);
    await writeFile(join(folder, '1.sql'), 'CREATE OR REPLACE VIEW ONE AS SELECT 1 AS N;');
    await writeFile(join(folder, '2.sql'), 'CREATE OR REPLACE VIEW TWO AS SELECT N FROM NO_SUCH_TABLE;');
    const broken = await operator(env, 'schema', 'apply', '--analytics', folder);

    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).toMatch(/the view TWO cannot be created: .*NO_SUCH_TABLE/);
    expect(await viewNames()).toEqual(['ORDER_ANALYTICS']);
  });

  it('take another form where DuckDB needs one: the file of the same name in the folder duckdb', async () => {
    await serviceStores(0);
    await mkdir(join(folder, 'duckdb'));
    await writeFile(join(folder, '1.sql'), 'CREATE OR REPLACE VIEW ONE COPY GRANTS AS SELECT 1 AS N');
    await writeFile(join(folder, '2.sql'), 'CREATE OR REPLACE VIEW TWO COPY GRANTS AS SELECT $1:a FROM ONE;');
    await writeFile(
      join(folder, 'duckdb', '2.sql'),
      'CREATE OR REPLACE VIEW TWO AS SELECT N + 1 AS N FROM ONE;',
    );
    const applied = await operator(env, 'schema', 'apply', '--analytics', folder);

    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(await warehouse.query('SELECT N FROM TWO')).toEqual([{ N: 2 }]);
  });
});
