import type { PinoLogger } from 'nestjs-pino';

/** The part of a pino logger that is used. */
export type Log = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;
