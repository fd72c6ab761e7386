import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type bindings from '@duckdb/node-bindings';
import type { DuckDb } from '../file/load-duckdb.js';
import type { StagedRow, StagedTable, StagedType, StagedValue } from './staged-rows.js';

/** A chunk of DuckDB holds no more rows. */
const CHUNK_ROWS = 2048;
/** A chunk with more text ends early, because DuckDB copies a chunk several times. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Turns rows into chunks of DuckDB. Writes them through the bindings, because the vectors of DuckDB's client take text
 * only as strings, and create several objects for each value.
 */
export class RowChunks {
  readonly types: readonly DuckDBType[];
  readonly #columns: readonly Column[];

  constructor(
    private readonly duckDb: DuckDb,
    { columns }: StagedTable,
  ) {
    this.types = columns.map(({ type }) => duckDb.api[type]);
    this.#columns = columns.map(({ type }) => column(duckDb, type));
  }

  /** Fills an empty chunk with the next rows. Returns their number: 0 once there are no more. */
  fill({ chunk }: DuckDBDataChunk, rows: Iterator<StagedRow>): number {
    const { bindings } = this.duckDb;
    for (const [index, column] of this.#columns.entries()) {
      column.begin(bindings.data_chunk_get_vector(chunk, index));
    }
    let count = 0;
    let bytes = 0;
    while (count < CHUNK_ROWS && bytes < CHUNK_BYTES) {
      const next = rows.next();
      if (next.done === true) break;
      let index = 0;
      for (const column of this.#columns) bytes += column.set(count, next.value[index++] ?? null);
      count += 1;
    }
    bindings.data_chunk_set_size(chunk, count);
    for (const column of this.#columns) column.end();
    return count;
  }
}

/** Writes the values of one column, chunk after chunk. */
abstract class Column {
  protected vector: bindings.Vector | null = null;
  readonly #validity = new Uint8Array(CHUNK_ROWS / 8);
  #hasNulls = false;

  constructor(protected readonly bindings: DuckDb['bindings']) {}

  begin(vector: bindings.Vector): void {
    this.vector = vector;
    this.#hasNulls = false;
  }

  /** Returns the size of a text, otherwise 0. */
  set(index: number, value: StagedValue): number {
    if (value !== null) return this.setValue(index, value);
    if (!this.#hasNulls) this.#validity.fill(0xff);
    this.#hasNulls = true;
    this.#validity[index >> 3] = (this.#validity[index >> 3] ?? 0) & ~(1 << (index & 7));
    return 0;
  }

  end(): void {
    if (this.vector === null || !this.#hasNulls) return;
    const { buffer, byteLength } = this.#validity;
    this.bindings.vector_ensure_validity_writable(this.vector);
    this.bindings.copy_data_to_vector_validity(this.vector, 0, buffer, 0, byteLength);
  }

  protected abstract setValue(index: number, value: NonNullable<StagedValue>): number;
}

class TextColumn extends Column {
  protected setValue(index: number, value: NonNullable<StagedValue>): number {
    if (this.vector === null) return 0;
    if (typeof value === 'object') {
      this.bindings.vector_assign_string_element_len(this.vector, index, value);
      return value.length;
    }
    const text = String(value);
    this.bindings.vector_assign_string_element(this.vector, index, text);
    return text.length;
  }
}

class IntegerColumn extends Column {
  constructor(
    bindings: DuckDb['bindings'],
    private readonly values: Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>,
    private readonly factor = 1n,
  ) {
    super(bindings);
  }

  protected setValue(index: number, value: NonNullable<StagedValue>): number {
    if (this.values instanceof Int32Array) this.values[index] = Number(value);
    else this.values[index] = BigInt(Number(value)) * this.factor;
    return 0;
  }

  override end(): void {
    const { buffer, byteLength } = this.values;
    if (this.vector !== null) this.bindings.copy_data_to_vector(this.vector, 0, buffer, 0, byteLength);
    super.end();
  }
}

const MICROSECONDS = 1000n;

function column({ bindings }: DuckDb, type: StagedType): Column {
  switch (type) {
    case 'VARCHAR':
      return new TextColumn(bindings);
    case 'INTEGER':
      return new IntegerColumn(bindings, new Int32Array(CHUNK_ROWS));
    case 'BIGINT':
      return new IntegerColumn(bindings, new BigInt64Array(CHUNK_ROWS));
    case 'TIMESTAMPTZ':
      return new IntegerColumn(bindings, new BigInt64Array(CHUNK_ROWS), MICROSECONDS);
  }
}
