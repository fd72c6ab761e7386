import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { writeLocalRun, takeRunLock } from '#command-line';
import { REPOSITORY_ROOT } from '#testing';

/** Kafka's usual port: what a person tries first. */
const USUAL_PORT = 9092;

/** Where the local run keeps its data and logs. */
export class LocalFolder {
  readonly data: string;
  readonly logs: string;
  readonly brokerData: string;
  readonly warehouse: string;
  readonly lake: string;
  readonly ingesterLog: string;
  readonly archiverLog: string;
  readonly producerLog: string;
  readonly #brokerPort: string;
  readonly #root: string;
  readonly #givenBroker: string | null;

  /**
   * Takes the folder for this process; makes it where it is not there.
   *
   * @param givenBroker the broker to use instead of an own one; each has its own data, as each has its own offsets
   * @throws PlainError when another run is at work there
   */
  constructor(folder: string, givenBroker: string | null) {
    const root = (this.#root = resolve(REPOSITORY_ROOT, folder));
    this.#givenBroker = givenBroker;
    this.data = join(root, givenBroker === null ? 'data' : `data-${givenBroker.replace(/[^\w.-]/g, '_')}`);
    this.logs = join(root, 'logs');
    this.brokerData = join(this.data, 'broker');
    this.warehouse = join(this.data, 'warehouse.duckdb');
    this.lake = join(this.data, 'lake');
    this.ingesterLog = join(this.logs, 'ingester.log');
    this.archiverLog = join(this.logs, 'archiver.log');
    this.producerLog = join(this.logs, 'producer.log');
    this.#brokerPort = join(this.data, 'broker.port');
    mkdirSync(this.data, { recursive: true });
    mkdirSync(this.logs, { recursive: true });
    takeRunLock(join(this.data, 'lock'), 'npm start');
  }

  /** Lets the operator's commands find this run: those of the repository, if the folder is in it. */
  introduce(source: { bootstrapServer: string; topic: string; group: string }): void {
    const folder = relative(REPOSITORY_ROOT, this.#root);
    const given = this.#givenBroker === null ? '' : `KAFKA_BOOTSTRAP_SERVER=${this.#givenBroker} `;
    const run = {
      pid: process.pid,
      data: folder.startsWith('..') ? this.data : relative(REPOSITORY_ROOT, this.data),
      command: `${given}npm start${folder === '.local' ? '' : ` -- --folder ${folder}`}`,
      env: {
        KAFKA_BOOTSTRAP_SERVER: source.bootstrapServer,
        KAFKA_TOPIC_NAME: source.topic,
        KAFKA_GROUP_ID: source.group,
        WAREHOUSE: 'duckdb',
        DUCKDB_PATH: this.warehouse,
        LAKE_LOCATION: this.lake,
      },
    };
    writeLocalRun(join(this.#root, 'last-run.json'), run);
    if (!folder.startsWith('..')) writeLocalRun(join(REPOSITORY_ROOT, '.local/last-run.json'), run);
  }

  /** The port of the broker: that of the run before, else Kafka's usual one. */
  get brokerPort(): number {
    try {
      return Number(readFileSync(this.#brokerPort, 'utf8')) || USUAL_PORT;
    } catch {
      return USUAL_PORT;
    }
  }

  set brokerPort(port: number) {
    writeFileSync(this.#brokerPort, String(port));
  }
}

/** A path as a person reads it: from where they are, if it is below. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
