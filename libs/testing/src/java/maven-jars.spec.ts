import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareWithLock } from './maven-jars.js';

describe('compareWithLock', () => {
  let folder: string;
  const line = (name: string, content: string) =>
    `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jars-'));
    await writeFile(join(folder, 'a.jar'), 'A');
    await writeFile(join(folder, 'b.jar'), 'B');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function compare(lock: string): Promise<void> {
    await writeFile(join(folder, 'lock'), lock);
    await compareWithLock(folder, join(folder, 'lock'));
  }

  it('accepts exactly the listed jars', async () => {
    await expect(compare(line('b.jar', 'B') + line('a.jar', 'A'))).resolves.toBeUndefined();
  });

  it.each([
    ['a jar with other content', line('a.jar', 'A') + line('b.jar', 'other'), 'b.jar'],
    ['a jar that is not listed', line('a.jar', 'A'), 'b.jar'],
    ['a listed jar that is missing', line('a.jar', 'A') + line('b.jar', 'B') + line('c.jar', 'C'), 'c.jar'],
  ])('refuses %s, and names it', async (_, lock, name) => {
    await expect(compare(lock)).rejects.toThrow(`lists: ${name}. Do not use it`);
  });
});
