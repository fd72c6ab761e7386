import { DuckDBInstance } from '@duckdb/node-api';
import { NativeConnection } from './native-connection.js';
import { registerStagedRows } from './staged-rows-function.js';
import type { StagedRow, StagedTable } from './staged-rows.js';

const TABLE: StagedTable = {
  name: 'STAGED',
  columns: [
    { name: 'I', type: 'INTEGER' },
    { name: 'B', type: 'BIGINT' },
    { name: 'T', type: 'VARCHAR' },
    { name: 'MADE', type: 'TIMESTAMPTZ' },
  ],
};

describe('rows that statements read from this process', () => {
  let instance: DuckDBInstance;

  beforeEach(async () => {
    instance = await DuckDBInstance.create(':memory:');
  });
  afterEach(() => {
    instance.closeSync();
  });

  async function connect(): Promise<NativeConnection> {
    const connection = await instance.connect();
    await connection.run(`SET TimeZone = 'UTC'`);
    await registerStagedRows(connection);
    return new NativeConnection(connection);
  }

  it('keep every value and NULL, in several chunks', async () => {
    const connection = await connect();
    const rows = Array.from({ length: 5000 }, (_, index): StagedRow => {
      const text = index % 2 === 0 ? `é${index}` : Buffer.from(`🍷 ${index}`);
      return index % 3 === 0
        ? [index, null, null, null]
        : [index, Number.MIN_SAFE_INTEGER + index, text, 1_700_000_000_000 + index];
    });
    const found = await connection.stage(TABLE, rows, (source) =>
      connection.rows<{ I: number; B: string | null; T: string | null; MS: string | null }>(
        `SELECT I, B, T, epoch_ms(MADE) AS MS FROM ${source}`,
      ),
    );
    const text = (value: StagedRow[number]) => (value === null ? null : String(value));
    expect(found).toEqual(
      rows.map(([index, big, value, at]) => ({
        I: index,
        B: text(big ?? null),
        T: text(value ?? null),
        MS: text(at ?? null),
      })),
    );
  });

  it('are read anew by each statement, also by one of another connection', async () => {
    const [one, other] = [await connect(), await connect()];
    const rows: StagedRow[] = [[1, 2, 'a', 3]];
    await one.stage(TABLE, rows, async (source) => {
      for (const connection of [one, other, one]) {
        expect(await connection.rows(`SELECT T FROM ${source}`)).toEqual([{ T: 'a' }]);
      }
    });
  });

  it('are gone afterwards', async () => {
    const connection = await connect();
    const source = await connection.stage(TABLE, [], async (name) => name);
    await expect(connection.rows(`FROM ${source}`)).rejects.toThrow(
      'staged_rows returns rows only while the service writes them',
    );
  });

  it('fail the statement if they cannot be made', async () => {
    const connection = await connect();
    const rows = (function* (): Generator<StagedRow> {
      yield [1, 2, 'a', 3];
      throw new Error('no more rows');
    })();
    await expect(
      connection.stage(TABLE, rows, (source) => connection.run(`CREATE TABLE t AS FROM ${source}`)),
    ).rejects.toThrow('no more rows');
  });
});
