import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { LocalRun } from '#command-line';
import type { Environment } from '#settings';

/** The environment of one run: the process in production, buffers in tests. */
export abstract class OperatorContext {
  abstract readonly env: Environment;
  /** Finds the last run of npm start on this machine; absent in tests. */
  readonly findLocalRun?: () => LocalRun | null;
  /** Absent if nobody can type. */
  readonly stdin?: { isTTY?: boolean; open?: () => Readable };
  abstract readonly stdout: OutputStream;
  abstract readonly stderr: OutputStream;
  /** Emits SIGINT and SIGTERM. */
  abstract readonly signals: Pick<EventEmitter, 'on' | 'off'>;
}

export type OutputStream = Writable & { isTTY?: boolean; columns?: number };
