import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { isPatchable, type PatchTarget } from './patch-target.js';

const TARGET: PatchTarget = {
  name: 'client',
  version: '1.2.3',
  files: ['client/inside.js', 'client/other.js'],
  unloaded: ['client/inside.js'],
  cost: 'it is slower',
};

describe('isPatchable', () => {
  let folder: string;
  let require: NodeJS.Require;
  const warnings: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patch-target-'));
    await mkdir(join(folder, 'node_modules/client'), { recursive: true });
    await write('package.json', JSON.stringify({ name: 'client', version: '1.2.3' }));
    await write('inside.js', 'module.exports = 1;');
    await write('other.js', 'module.exports = 2;');
    require = createRequire(join(folder, 'user.js'));
    warnings.length = 0;
    jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  async function write(name: string, text: string): Promise<void> {
    await writeFile(join(folder, 'node_modules/client', name), text);
  }

  it('accepts the known version without a warning', () => {
    expect(isPatchable(TARGET, require)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('refuses another version', async () => {
    await write('package.json', JSON.stringify({ name: 'client', version: '1.2.4' }));
    expect(isPatchable(TARGET, require)).toBe(false);
    expect(warnings).toEqual([
      `client 1.2.4 in ${join(folder, 'node_modules/client')} is not version 1.2.3. ` +
        'client runs as published: it is slower',
    ]);
  });

  it('refuses a package that lacks one of the files', async () => {
    await rm(join(folder, 'node_modules/client/other.js'));
    expect(isPatchable(TARGET, require)).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('lacks client/other.js')]);
  });

  it('refuses a package of which a module to be replaced was already loaded', () => {
    require('client/inside.js');
    expect(isPatchable(TARGET, require)).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('client/inside.js of client 1.2.3')]);
    expect(warnings).toEqual([expect.stringContaining('was loaded before its patches')]);
  });

  it('refuses a package that is not installed', async () => {
    await rm(join(folder, 'node_modules'), { recursive: true });
    expect(isPatchable(TARGET, require)).toBe(false);
    expect(warnings).toEqual(['client is not installed. client runs as published: it is slower']);
  });
});
