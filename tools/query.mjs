// Prints the result of a query on the DuckDB file that DUCKDB_PATH names: npm run -s query -- 'SELECT ...'
import { DuckDBInstance } from '@duckdb/node-api';

const { DUCKDB_PATH: path } = process.env;
const [sql, ...others] = process.argv.slice(2);
if (path === undefined || sql === undefined || others.length > 0) {
  console.error(`Usage: DUCKDB_PATH=<file> npm run -s query -- '<SQL>'`);
  process.exit(2);
}

try {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  // The same result on every machine.
  await connection.run(`SET TimeZone = 'UTC'`);
  const reader = await connection.runAndReadAll(sql);
  print([reader.columnNames(), ...reader.getRowsJson().map((row) => row.map(cell))]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function cell(value) {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Columns of equal width. */
function print(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    console.log(
      line
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
  }
}
