import { PassThrough, Writable } from 'node:stream';
import { eventually } from '#testing';
import type { SqlReader } from '#warehouse';
import { Terminal } from '../output/terminal.js';
import { SqlConsole } from './sql-console.js';
import { SqlRunner } from './sql-runner.js';

/** Answers each statement with its text; `endless` only once it is cancelled. */
class EchoReader implements SqlReader {
  readonly asked: string[] = [];
  cancelled = 0;

  statements(text: string) {
    const parts = text.split(';');
    return parts
      .map((sql, index) => ({ sql: sql.trim(), line: 1, isEnded: index < parts.length - 1 }))
      .filter(({ sql }) => sql !== '');
  }

  async query(sql: string, signal: AbortSignal) {
    this.asked.push(sql);
    if (sql === 'endless') {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      this.cancelled++;
      throw new Error('cancelled');
    }
    return {
      columns: [{ name: 'TEXT', kind: 'text' as const }],
      rows: (async function* () {
        yield [sql];
      })(),
    };
  }

  open() {
    return Promise.resolve([]);
  }

  close() {
    return Promise.resolve();
  }
}

describe('interactive SQL', () => {
  let input: PassThrough;
  let reader: EchoReader;
  let output: string;
  let ended: Promise<void>;

  beforeEach(() => {
    input = new PassThrough();
    reader = new EchoReader();
    output = '';
    const stream = () =>
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          output += chunk.toString();
          done();
        },
      });
    const terminal = new Terminal({
      env: {},
      stdout: stream(),
      stderr: stream(),
      signals: process,
    });
    ended = new SqlConsole(new SqlRunner(terminal), terminal).run(
      reader,
      { format: 'table', limit: 10 },
      input,
    );
  });

  it('runs each statement once it is ended, over several lines, until exit', async () => {
    input.write('SELECT\n1; SELECT 2;\nexit\n');
    await ended;
    expect(reader.asked).toEqual(['SELECT\n1', 'SELECT 2']);
    expect(output).toContain('TEXT\nSELECT 2\n');
    expect(output).toContain('(1 row, ');
  });

  it('ends at the end of the input', async () => {
    input.write('SELECT 1;\n');
    input.end();
    await ended;
    expect(reader.asked).toEqual(['SELECT 1']);
  });

  it('cancels what runs at Ctrl-C, or gives up what was typed, and goes on', async () => {
    input.write('half a statement\n\u0003endless;\n');
    await eventually(() => reader.asked.length > 0);
    input.write('\u0003');
    await eventually(() => reader.cancelled > 0);
    input.write('SELECT 3;\nquit\n');
    await ended;
    expect(reader.asked).toEqual(['endless', 'SELECT 3']);
    expect(output).toContain('Cancelled.');
  });
});
