import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeRunLock } from './run-lock.js';

describe('takeRunLock', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'run-lock-'));
    file = join(folder, 'lock');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('refuses a folder where another run is at work, and names its process', () => {
    writeFileSync(file, String(process.ppid));
    expect(() => {
      takeRunLock(file, 'npm start');
    }).toThrow(`process ${process.ppid}`);
    expect(readFileSync(file, 'utf8')).toBe(String(process.ppid));
  });

  it.each([
    ['is free', null],
    ['was left by a run that was killed', String(spawnSync(process.execPath, ['--version']).pid)],
    ['is damaged', ''],
  ])('takes a lock that %s', (_, content) => {
    if (content !== null) writeFileSync(file, content);
    takeRunLock(file, 'npm start');
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
  });
});
