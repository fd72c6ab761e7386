import type { Params } from 'nestjs-pino';
import { destination, stdTimeFunctions, type DestinationStream } from 'pino';
import type { Options } from 'pino-http';
import { build as pretty, type PrettyOptions } from 'pino-pretty';
import type { LogSettings } from '#settings';

/** Parts of Nest whose startup messages only help its developers. */
const FRAMEWORK_CONTEXTS = [
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
];

/** Fields that are redacted should an object with a secret ever be logged. */
const SECRET_FIELDS = ['password', 'passphrase', 'privateKey', 'secret', 'token', 'authorization'];

const INFO = 30;

/**
 * Options for pino. Lines are written synchronously, so that none is lost at exit; there are few, one per batch. The
 * middleware gets no routes, so requests are not logged: they are only probes and scrapes.
 */
export function loggerParams(
  { level, format }: Pick<LogSettings, 'level' | 'format'>,
  stream: DestinationStream = streamOf(format),
): Params {
  return { forRoutes: [], pinoHttp: [options(level), stream] };
}

function options(level: LogSettings['level']): Options {
  return {
    level,
    autoLogging: false,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[secret]' },
    hooks: {
      logMethod(args, method, levelNumber) {
        if (levelNumber === INFO && isFromFramework(args[0])) this.debug(...args);
        else method.apply(this, args);
      },
    },
  };
}

function streamOf(format: LogSettings['format']): DestinationStream {
  return format === 'json'
    ? destination({ dest: 1, sync: true })
    : pretty({
        sync: true,
        ignore: 'time,level,pid,hostname,context',
        hideObject: true,
        customColors: { message: 'reset' },
        messageFormat: lineOf,
      });
}

type MessageFormat = Extract<PrettyOptions['messageFormat'], (...args: never[]) => unknown>;

/** `09:41:07 📦 1,234 events ...`: fields are omitted; only an unexpected error shows its stack trace. */
const lineOf: MessageFormat = (log, messageKey, _, { colors }) => {
  const time = new Date(String(log['time'])).toTimeString().slice(0, 8);
  const message = log[messageKey];
  const words = (typeof message === 'string' ? message : '') + stackOf(log['err']);
  const paint = { error: colors.red, fatal: colors.red, warn: colors.yellow, info: String }[
    String(log['level'])
  ];
  return `${colors.gray(time)} ${(paint ?? colors.gray)(harmless(words))}`;
};

function stackOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'stack' in error ? `\n${String(error.stack)}` : '';
}

/** Removes control characters that a terminal would interpret. */
function harmless(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, '');
}

function isFromFramework(fields: unknown): boolean {
  return (
    typeof fields === 'object' &&
    fields !== null &&
    'context' in fields &&
    FRAMEWORK_CONTEXTS.includes(String(fields.context))
  );
}
