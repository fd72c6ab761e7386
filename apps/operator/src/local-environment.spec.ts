import type { LocalRun } from '#command-line';
import { withLocalRun } from './local-environment.js';

const RUN: LocalRun = {
  pid: process.pid,
  data: '.local/data',
  command: 'npm start',
  env: { WAREHOUSE: 'duckdb', DUCKDB_PATH: '/data/w.duckdb', KAFKA_BOOTSTRAP_SERVER: 'localhost:9092' },
};

describe('a command without an environment', () => {
  let notes: string[];
  beforeEach(() => {
    notes = [];
  });
  const use = (env: Record<string, string>, run: LocalRun | null = RUN) =>
    withLocalRun(
      env,
      () => run,
      (text) => notes.push(text),
    );

  it('uses the run of npm start, and says so', () => {
    expect(use({ HOME: '/root' })).toEqual({ HOME: '/root', ...RUN.env });
    expect(notes).toEqual([`Using npm start (process ${process.pid}), with its data in .local/data.`]);
  });

  it('says how to bring back the broker of a run that has ended', () => {
    use({}, { ...RUN, pid: 2 ** 22 + 1 });
    expect(notes).toEqual([expect.stringContaining('It has ended: its tables can be read')]);
    expect(notes[0]).toContain('run "npm start" again');
  });

  it('uses its own environment if that names a warehouse, or another broker', () => {
    for (const env of [
      { DUCKDB_PATH: 'x' },
      { SNOWFLAKE_ACCOUNT: 'x' },
      { KAFKA_BOOTSTRAP_SERVER: 'other:9092' },
    ]) {
      expect(use(env)).toBe(env);
    }
    expect(use({ KAFKA_BOOTSTRAP_SERVER: 'localhost:9092' })).toMatchObject(RUN.env);
  });

  it('has none if there was no run', () => {
    expect(use({}, null)).toEqual({});
    expect(notes).toEqual([]);
  });
});
