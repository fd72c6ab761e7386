import { openSync, writeSync } from 'node:fs';
import { runService, type ServiceProcess } from '#testing';
import type { LocalFolder } from '../folder/local-folder.js';
import type { Watch } from './watch.js';

/** What the producer reports, several times a second and at its end. */
export interface ProducerReport {
  /** Messages that Kafka has acknowledged. */
  acknowledged: number;
  seconds: number;
  /** What is to come of them: `stored`, `skipped`, or the error type of a dead letter. */
  expected: Record<string, number>;
  done: boolean;
}

export interface ProducerOptions {
  bootstrapServer: string;
  topic: string;
  rate: number | 'max';
  /** Null to produce until stopped. */
  events: number | null;
  badShare: number;
}

const NAME = 'The producer';
const STOP_TIMEOUT_MS = 20_000;

/** The producer app as a child process. */
export class LocalProducer {
  readonly #process: ServiceProcess;
  #report: ProducerReport = { acknowledged: 0, seconds: 0, expected: {}, done: false };

  constructor(
    { bootstrapServer, topic, rate, events, badShare }: ProducerOptions,
    folder: LocalFolder,
    private readonly watch: Watch,
  ) {
    const logFile = openSync(folder.producerLog, 'w');
    const args = ['--bootstrap', bootstrapServer, '--topic', topic, '--rate', String(rate)];
    args.push('--bad', String(badShare), '--report', 'json');
    if (events !== null) args.push('--count', String(events));
    this.#process = runService(
      'dist/apps/producer/src/main.js',
      {},
      {
        args,
        onLine: (line, stream) => {
          writeSync(logFile, `${line}\n`);
          if (stream === 'stdout') this.#report = JSON.parse(line) as ProducerReport;
        },
      },
    );
    watch.add({
      name: NAME,
      // Having made all that was asked for is no unexpected end.
      exited: this.#process.exited.then((exit) => {
        if (exit.code === 0 && this.#report.done) watch.release(NAME);
        return exit;
      }),
      logFile: folder.producerLog,
      lastLines: () => this.#process.lastLines(),
    });
  }

  /** The newest one. */
  get report(): ProducerReport {
    return this.#report;
  }

  /** Settles when it has ended. */
  get finished(): Promise<unknown> {
    return this.#process.exited;
  }

  /** Ends it after the messages that are under way; the report is final then. */
  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.watch.release(NAME);
    await this.#process.stop('SIGTERM', { timeoutMs });
  }
}
