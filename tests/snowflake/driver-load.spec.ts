import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '#testing';

/** Loads the driver as the service does, in a separate process, and returns the modules that were loaded. */
async function modulesAfter(then: string, options: object): Promise<string[]> {
  const script = `
    import { createRequire } from 'node:module';
    const require = createRequire(${JSON.stringify(resolve(REPOSITORY_ROOT, 'package.json'))});
    const { createConnection } = await import('./dist/libs/warehouse/src/snowflake/snowflake-sdk-3.3.0/driver.js');
    await createConnection(${JSON.stringify({ account: 'a', username: 'u', password: 'p', ...options })});
    ${then}
    const files = Object.values(require.cache).filter(({ children }) => children.length > 0);
    console.log(JSON.stringify(files.map(({ filename }) => filename)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: REPOSITORY_ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as string[];
}

const CLOUDS = /node_modules\/(@azure|google-auth-library|@aws-sdk\/(client|credential))/;

describe("Snowflake's driver", () => {
  it("is loaded without the cloud providers' libraries for a password login", async () => {
    const modules = await modulesAfter('', {});
    expect(modules).toContainEqual(expect.stringContaining('node_modules/snowflake-sdk/'));
    expect(modules.filter((file) => CLOUDS.test(file))).toEqual([]);
  });

  it('loads each of them on use', async () => {
    const modules = await modulesAfter(
      `const driver = createRequire(require.resolve('snowflake-sdk'));
       const { StorageSharedKeyCredential } = driver('@azure/storage-blob');
       if (new StorageSharedKeyCredential('account', 'a2V5').accountName !== 'account') throw new Error('other');
       if (!Object.keys(driver('google-auth-library')).includes('GoogleAuth')) throw new Error('no names');`,
      {},
    );
    expect(modules).toContainEqual(expect.stringContaining('@azure/storage-blob'));
    expect(modules).toContainEqual(expect.stringContaining('google-auth-library'));
  });
});
