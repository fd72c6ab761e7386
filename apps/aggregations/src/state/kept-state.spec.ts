import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetState, newestState } from './kept-state.js';

describe('newestState', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Writes a state as Flink does; without a time, one whose writing was interrupted. */
  function write(path: string, seconds: number | null): string {
    const state = join(folder, path);
    mkdirSync(state, { recursive: true });
    writeFileSync(join(state, 'operator'), '');
    if (seconds === null) return state;
    writeFileSync(join(state, '_metadata'), '');
    utimesSync(join(state, '_metadata'), seconds, seconds);
    return state;
  }

  it('is null without a complete state', () => {
    expect(newestState(folder)).toBeNull();
    write('checkpoints/a/chk-1', null);
    write('checkpoints/a/shared', null);
    expect(newestState(folder)).toBeNull();
  });

  it('is the newest complete one of all jobs, checkpoint or savepoint', () => {
    const savepoint = write('savepoints/savepoint-a', 20);
    write('checkpoints/a/chk-10', 10);
    write('checkpoints/a/chk-9', 5);
    expect(newestState(folder)).toBe(savepoint);
    const checkpoint = write('checkpoints/b/chk-2', 30);
    write('checkpoints/b/chk-3', null);
    expect(newestState(folder)).toBe(checkpoint);
  });

  it('is gone once it is forgotten', () => {
    write('savepoints/savepoint-a', 20);
    forgetState(folder);
    expect(newestState(folder)).toBeNull();
  });
});
