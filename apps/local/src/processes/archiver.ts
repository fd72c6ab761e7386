import { openSync, writeSync } from 'node:fs';
import { runService, type ServiceProcess } from '#testing';
import { shown, type LocalFolder } from '../folder/local-folder.js';
import { IngesterLog } from './ingester-log.js';
import type { Watch } from './watch.js';

export const LAKE_GROUP = 'lake-archive-les-caves-albert-v1';

const NAME = 'The archiver';
/** Its own deadline for draining is shorter. */
const STOP_TIMEOUT_MS = 40_000;

/** The archiver as a child process, with a lake in a folder, configured by its environment alone. */
export class LocalArchiver {
  readonly #log = new IngesterLog();
  readonly #process: ServiceProcess;

  constructor(
    { bootstrapServer, topic, port }: { bootstrapServer: string; topic: string; port: number },
    folder: LocalFolder,
    private readonly watch: Watch,
  ) {
    const logFile = openSync(folder.archiverLog, 'w');
    const env = {
      KAFKA_BOOTSTRAP_SERVER: bootstrapServer,
      KAFKA_TOPIC_NAME: topic,
      LAKE_GROUP_ID: LAKE_GROUP,
      LAKE_LOCATION: folder.lake,
      LAKE_MAX_WAIT_MS: '1000',
      // Who removes the folder gets what Kafka still has.
      LAKE_MISSING_OBJECTS: 'from-start',
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: String(port),
      LOG_FORMAT: 'json',
      KAFKA_SESSION_TIMEOUT_MS: '10000',
    };
    this.#process = runService('dist/apps/archiver/src/main.js', env, {
      onLine: (line) => {
        writeSync(logFile, `${line}\n`);
        this.#log.read(line);
      },
    });
    watch.add({
      name: NAME,
      exited: this.#process.exited,
      logFile: folder.archiverLog,
      lastLines: () => `${this.#log.lastLines}\n\nThe lake is in ${shown(folder.lake)}.`,
    });
  }

  /** Lets it write what it has read and leave the group. */
  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.watch.release(NAME);
    await this.#process.stop('SIGTERM', { timeoutMs });
  }
}
