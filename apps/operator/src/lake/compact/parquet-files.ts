import { appendFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Columns } from './event-columns.js';
import { DAY_MS, quoted, selectLines, type EventLine } from './event-line.js';

/** The rows of one event type and day. */
export interface ParquetFile {
  eventType: string;
  day: string;
  rows: number;
  content: Buffer;
}

/** Characters of lines that wait for their files. */
const MOST_WAITING = 4 * 1024 * 1024;
const MEMORY = '384MiB';
/** More threads take more memory, each with buffers of its own. */
const THREADS = 1;

/** The lines of a folder and day: those in its file, and those that wait for it. */
interface Lines {
  folder: string;
  day: number;
  path: string;
  rows: number;
  longest: number;
  waiting: string[];
}

/** Collects events as lines in a file for each event type and day, which DuckDB then reads and writes as Parquet. */
export class ParquetFiles {
  readonly #lines = new Map<string, Lines>();
  #waiting = 0;

  private constructor(
    private readonly topic: string,
    private readonly columns: Columns,
    private readonly folder: string,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async create(topic: string, columns: Columns): Promise<ParquetFiles> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const folder = await mkdtemp(join(tmpdir(), 'lake-compact-'));
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: MEMORY,
      threads: String(THREADS),
      temp_directory: join(folder, 'spilled'),
    });
    return new ParquetFiles(topic, columns, folder, instance, await instance.connect());
  }

  /** Writes the lines that wait once they are many, and meanwhile nothing else: a command has nothing else to do. */
  add({ folder, day, text }: EventLine): void {
    const name = `${folder}/${day}`;
    let lines = this.#lines.get(name);
    if (lines === undefined) {
      const path = join(this.folder, `${this.#lines.size}.ndjson`);
      lines = { folder, day, path, rows: 0, longest: 0, waiting: [] };
      this.#lines.set(name, lines);
    }
    lines.rows += 1;
    // In UTF-8 a character takes at most three bytes for each code unit.
    lines.longest = Math.max(lines.longest, 3 * text.length);
    lines.waiting.push(text, '\n');
    this.#waiting += text.length;
    if (this.#waiting >= MOST_WAITING) this.#flush();
  }

  /** Yields the files in the order of their names, with rows in the order in which they were added. */
  async *written(): AsyncGenerator<ParquetFile> {
    this.#flush();
    const order = [...this.columns.keys()];
    const all = [...this.#lines.values()].sort(
      (one, other) => order.indexOf(one.folder) - order.indexOf(other.folder) || one.day - other.day,
    );
    const path = join(this.folder, 'file.parquet');
    for (const lines of all) {
      const columns = this.columns.get(lines.folder)?.values() ?? [];
      await this.connection.run(
        `COPY (${selectLines(this.topic, lines, columns)}) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      await rm(lines.path);
      const day = new Date(lines.day * DAY_MS).toISOString().slice(0, 10);
      yield { eventType: lines.folder, day, rows: lines.rows, content: await readFile(path) };
    }
  }

  async close(): Promise<void> {
    this.connection.closeSync();
    this.instance.closeSync();
    await rm(this.folder, { recursive: true, force: true });
  }

  #flush(): void {
    for (const lines of this.#lines.values()) {
      if (lines.waiting.length === 0) continue;
      appendFileSync(lines.path, lines.waiting.join(''));
      lines.waiting = [];
    }
    this.#waiting = 0;
  }
}
