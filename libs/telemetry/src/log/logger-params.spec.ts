import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { DestinationStream, Logger } from 'pino';
import { pinoHttp, type Options } from 'pino-http';
import { loggerParams } from './logger-params.js';

const HERE = import.meta.dirname;

/** The output of a process that runs this program with a logger of this format, and exits at once. */
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

  it('writes the level by name and the time in ISO 8601', () => {
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

  it('redacts fields that are named like secrets', () => {
    logger.info({ password: 'hunter2', snowflake: { token: 'hunter2' } }, 'settings');
    expect(lines[0]).toMatchObject({ password: '[secret]', snowflake: { token: '[secret]' } });
  });

  it("moves the framework's startup messages to debug", () => {
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

  it('logs no requests', () => {
    expect(loggerParams({ level: 'info', format: 'json' }).forRoutes).toEqual([]);
  });

  it.each(['json', 'pretty'] as const)('loses no line in %s if the process exits at once', (format) => {
    const lines = printed(
      format,
      `for (let line = 1; line <= 2_000; line += 1) logger.info('line ' + line);`,
    );
    expect(lines).toHaveLength(2_000);
    expect(lines.at(-1)).toContain('line 2000');
  });

  it('shows only the time and the message in pretty format', () => {
    const [line] = printed('pretty', `logger.info({ events: 5, context: 'X' }, '📦 5 events');`);
    expect(line).toMatch(/^\d\d:\d\d:\d\d 📦 5 events$/);
  });

  it('shows no control characters', () => {
    const [line] = printed('pretty', `logger.info('a\\u001b[2Jb\\u0007');`);
    expect(line).toMatch(/ a\[2Jb$/);
  });

  it('shows the stack trace of an unexpected error in pretty format', () => {
    const lines = printed('pretty', `logger.error({ err: new Error('boom') }, 'unplanned');`).join('\n');
    expect(lines).toContain('unplanned');
    expect(lines).toMatch(/boom[^]+at /);
  });
});
