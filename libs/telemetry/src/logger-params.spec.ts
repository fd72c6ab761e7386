import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { DestinationStream, Logger } from 'pino';
import { pinoHttp, type Options } from 'pino-http';
import { loggerParams } from './logger-params.js';

const HERE = import.meta.dirname;

/** What a process prints that runs these lines with a logger of this format, and ends at once. */
function printed(format: 'json' | 'pretty', program: string): string[] {
  const script = `
    import { pinoHttp } from 'pino-http';
    import { loggerParams } from ${JSON.stringify(join(HERE, 'logger-params.ts'))};
    const { logger } = pinoHttp(...loggerParams({ level: 'info', format: '${format}' }).pinoHttp);
    ${program}
    process.exit(0);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: HERE,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC' },
    maxBuffer: 100_000_000,
  });
  return output.trimEnd().split('\n');
}

describe('loggerParams', () => {
  let lines: Record<string, unknown>[];
  let logger: Logger;

  function loggerAt(level: 'info' | 'debug'): Logger {
    lines = [];
    const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
    const { pinoHttp: params } = loggerParams({ level, format: 'json' }, stream);
    return pinoHttp(...(params as [Options, DestinationStream])).logger;
  }

  beforeEach(() => {
    logger = loggerAt('info');
  });

  it('writes a level by its name and the time as people and machines read it', () => {
    logger.warn({ code: 7 }, '⚠️ careful');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        msg: '⚠️ careful',
        code: 7,
      }),
    ]);
  });

  it('hides fields that are named like secrets', () => {
    logger.info({ password: 'hunter2', snowflake: { token: 'hunter2' } }, 'settings');
    expect(lines[0]).toMatchObject({ password: '[secret]', snowflake: { token: '[secret]' } });
  });

  it("moves the framework's words about its own start to debug", () => {
    const tell = () => {
      logger.info({ context: 'RouterExplorer' }, 'Mapped {/health, GET} route');
      logger.info({ context: 'StartupChecks' }, 'ours');
      logger.warn({ context: 'RouterExplorer' }, 'a warning');
    };
    tell();
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'ours'],
      ['warn', 'a warning'],
    ]);
    logger = loggerAt('debug');
    tell();
    expect(lines[0]).toMatchObject({ level: 'debug', msg: 'Mapped {/health, GET} route' });
  });

  it('logs no request', () => {
    expect(loggerParams({ level: 'info', format: 'json' }).forRoutes).toEqual([]);
  });

  it.each(['json', 'pretty'] as const)('loses no line in %s when the process ends at once', (format) => {
    const lines = printed(
      format,
      `for (let line = 1; line <= 2_000; line += 1) logger.info('line ' + line);`,
    );
    expect(lines).toHaveLength(2_000);
    expect(lines.at(-1)).toContain('line 2000');
  });

  it('shows people the time and the words only', () => {
    const [line] = printed('pretty', `logger.info({ events: 5, context: 'X' }, '📦 5 events');`);
    expect(line).toMatch(/^\d\d:\d\d:\d\d 📦 5 events$/);
  });

  it('obeys no control characters in what it shows', () => {
    const [line] = printed('pretty', `logger.info('a\\u001b[2Jb\\u0007');`);
    expect(line).toMatch(/ a\[2Jb$/);
  });

  it('shows people where an unplanned error comes from', () => {
    const lines = printed('pretty', `logger.error({ err: new Error('boom') }, 'unplanned');`).join('\n');
    expect(lines).toContain('unplanned');
    expect(lines).toMatch(/boom[^]+at /);
  });
});
