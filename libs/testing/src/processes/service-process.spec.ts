import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runService, type ServiceProcess } from './service-process.js';

/** Writes a line, then waits; on SIGTERM it writes another line and exits with 3. */
const WAITING = `
  process.on('SIGTERM', () => { console.error('stopping'); process.exit(3); });
  setInterval(() => undefined, 1000);
  console.log('ready at', process.env.PLACE, process.argv[2]);
`;

describe('runService', () => {
  let folder: string;
  let service: ServiceProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'service-'));
  });
  afterEach(async () => {
    await service?.kill();
    rmSync(folder, { recursive: true });
  });

  function run(script: string, options?: Parameters<typeof runService>[2]): ServiceProcess {
    const entry = join(folder, 'main.mjs');
    writeFileSync(entry, script);
    service = runService(entry, { PLACE: 'home' }, options);
    return service;
  }

  it('passes arguments and environment to the service, and finds a line', async () => {
    const line = await run(WAITING, { args: ['now'] }).waitForLine(/ready/);
    expect(line).toBe('ready at home now');
  });

  it('adds only PATH and the compile cache to the environment', async () => {
    const line = await run('console.log(Object.keys(process.env).sort().join())').waitForLine('PLACE');
    expect(line.split(',').filter((key) => !key.startsWith('__'))).toEqual([
      'NODE_COMPILE_CACHE',
      'PATH',
      'PLACE',
    ]);
  });

  it('stops the service with a signal, and then has all of its lines', async () => {
    const lines: string[] = [];
    const waiting = run(WAITING, { onLine: (line, stream) => lines.push(`${stream}: ${line}`) });
    await waiting.waitForLine('ready');
    expect(await waiting.stop()).toEqual({ code: 3, signal: null });
    expect(lines).toEqual(['stdout: ready at home undefined', 'stderr: stopping']);
    expect(waiting.lines).toEqual(['ready at home undefined', 'stopping']);
  });

  it('kills a service that does not stop in time', async () => {
    const stubborn = run(WAITING.replace('process.exit(3)', ''));
    await stubborn.waitForLine('ready');
    expect(await stubborn.stop('SIGTERM', { timeoutMs: 10 })).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('quotes the last lines if the service ends without the line', async () => {
    const failing = run("console.log('no configuration'); process.exit(78);");
    await expect(failing.waitForLine('ready')).rejects.toThrow(
      /main\.mjs ended \(code 78\) without writing ready\. Its last lines:\nno configuration/,
    );
  });

  it('reports a line that does not appear in time', async () => {
    const waiting = run(WAITING);
    await waiting.waitForLine('ready');
    await expect(waiting.waitForLine('never', { timeoutMs: 10 })).rejects.toThrow(
      /has not written never within 10 ms/,
    );
  });
});
