import type { DuckDBConnection } from '@duckdb/node-api';
import { loadBindings } from '../file/load-duckdb.js';
import { RowChunks } from './row-chunks.js';
import type { StagedRow, StagedTable } from './staged-rows.js';

/** Rows that a statement reads. */
interface Source {
  table: StagedTable;
  rows: Iterable<StagedRow>;
}

const NAME = 'staged_rows';

/** By the argument of the function, which belongs to all connections to the same database instance. */
const sources = new Map<number, Source>();
let latest = 0;

/** Runs `work` with an expression for FROM clauses that returns these rows, each time anew. */
export async function withStagedRows<T>(
  table: StagedTable,
  rows: Iterable<StagedRow>,
  work: (source: string) => Promise<T>,
): Promise<T> {
  latest += 1;
  const id = latest;
  sources.set(id, { table, rows });
  try {
    return await work(`${NAME}(${id})`);
  } finally {
    sources.delete(id);
  }
}

/**
 * Adds the table function that reads rows from this process: DuckDB calls it for each chunk, so that no copy of a batch
 * waits in a temporary table. DuckDB ignores a second registration on the same instance.
 */
export async function registerStagedRows(connection: DuckDBConnection): Promise<void> {
  const duckDb = await loadBindings();
  const { DuckDBTableFunction, INTEGER } = duckDb.api;
  connection.registerTableFunction(
    DuckDBTableFunction.create({
      name: NAME,
      parameterTypes: [INTEGER],
      bindFunction: (info) => {
        const source = sources.get(Number(info.getParameter(0)));
        if (source === undefined) throw new Error(`${NAME} returns rows only while the service writes them`);
        for (const { name, type } of source.table.columns) info.addResultColumn(name, duckDb.api[type]);
        info.setBindData(source);
      },
      initFunction: (info) => {
        const { table, rows } = info.getBindData() as Source;
        info.setInitData(new Scan(new RowChunks(duckDb, table), rows[Symbol.iterator]()));
      },
      mainFunction: (info, chunk) => {
        const { chunks, rows } = info.getInitData() as Scan;
        chunks.fill(chunk, rows);
      },
    }),
  );
}

class Scan {
  constructor(
    readonly chunks: RowChunks,
    readonly rows: Iterator<StagedRow>,
  ) {}
}
