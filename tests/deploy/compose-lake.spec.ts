import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { storeFromSettings, type ObjectStore } from '#lake';
import { loadArchiverSettings } from '#settings';
import { eventually, freePort, ServiceProcess, spawnTied } from '#testing';
import { S3Server, S3ServerUnavailable } from '#testing/lake';
import { itIsSkippedWithout, optional } from '../support/optional.js';
import { environmentOf, scriptOf, services, withPlaces } from './compose-file.js';
import { outputOf } from './tools.js';

const program = await optional(
  'the S3 server of docker/compose.yaml',
  () => S3Server.program(),
  (error) => error instanceof S3ServerUnavailable,
);

describe('the S3 server of docker/compose.yaml, without its container', () => {
  let folder: string;
  let places: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compose-lake-'));
    places = { '/var/lib/lake': join(folder, 'objects'), '/run/lake': join(folder, 'secrets') };
    await Promise.all(Object.values(places).map((place) => mkdir(place)));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const scriptHere = (name: string) =>
    withPlaces(scriptOf(services[name]), places)
      .replaceAll('1000:1000', '"$(id -u):$(id -g)"')
      .replaceAll('$$', '$');
  const secretFile = () => join(folder, 'secrets', 'secret-access-key');

  it('gets its bucket, and a secret that stays the same', () => {
    outputOf('sh', ['-euc', scriptHere('bucket')]);
    const secret = readFileSync(secretFile(), 'utf8');
    expect(secret).toMatch(/^[A-Za-z\d+/]{40}$/);
    outputOf('sh', ['-euc', scriptHere('bucket')]);
    expect(readFileSync(secretFile(), 'utf8')).toBe(secret);
    expect(existsSync(join(folder, 'objects', 'lake'))).toBe(true);
  });

  if (program === null) itIsSkippedWithout('Go');
  else
    it('starts with its options, is healthy, and stores what the archiver of this file writes', async () => {
      const port = await freePort();
      const child = spawnTied('sh', ['-euc', scriptHere('s3').replaceAll('7070', String(port))], {
        env: {
          ...services['s3']?.environment,
          PATH: `${dirname(program)}${delimiter}${process.env['PATH'] ?? ''}`,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const server = new ServiceProcess('versitygw', child, undefined);
      let store: ObjectStore | null = null;
      try {
        const [, url = ''] = /(http:\S+)/.exec(services['s3']?.healthcheck?.test?.at(-1) ?? '') ?? [];
        const health = url.replace('7070', String(port));
        await eventually(() => fetch(health).then(({ ok }) => ok), { describe: 'the server is healthy' });
        const env = environmentOf(services['archiver']);
        const { settings } = loadArchiverSettings(
          {
            ...env,
            LAKE_ENDPOINT: env['LAKE_ENDPOINT']?.replace('s3:7070', `127.0.0.1:${port}`),
            LAKE_SECRET_ACCESS_KEY_FILE: secretFile(),
          },
          false,
        );
        store = storeFromSettings(settings.lake, settings.lake.location ?? '');
        expect(await store.check()).toEqual([]);
        expect(await store.put('t/a.json', Buffer.from('first'), {})).toBe('written');
        expect(await store.put('t/a.json', Buffer.from('second'), {})).toBe('exists');
        expect((await store.tail('t/a.json', 10)).toString()).toBe('first');
      } finally {
        await store?.close();
        await server.kill();
      }
    });
});
