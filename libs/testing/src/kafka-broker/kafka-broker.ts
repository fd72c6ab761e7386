import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { eventually } from '../eventually.js';
import { freePort } from '../processes/free-port.js';
import { exitText } from '../processes/service-process.js';
import { spawnTied, type Exit } from '../processes/spawn-tied.js';
import { isResponding } from './is-responding.js';
import { kafkaDistribution, type KafkaDistribution } from './kafka-distribution.js';
import { serverProperties } from './server-properties.js';

export interface KafkaBrokerOptions {
  /** Holds all of the broker's files; existing data is kept. */
  dataDir: string;
  /** The port for clients; a free one by default. */
  port?: number;
  /** Java heap size; 512 MB by default. */
  heapMb?: number;
  /** Server properties to add or override. */
  extra?: Readonly<Record<string, string>>;
  /** The cluster of a new broker; one of its own by default. */
  clusterId?: string;
  /** Initial credentials of a new broker, in the syntax of its own tool: `SCRAM-SHA-256=[name=N,password=P]`. */
  scram?: readonly string[];
  /** More options for the Java machine, such as `-Dname=value`. */
  javaOptions?: readonly string[];
}

interface Run {
  child: ChildProcess;
  exited: Promise<Exit>;
}

/** Only the fast compiler: the optimizing one does not pay off in a broker that lives for minutes. */
const JAVA_OPTIONS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=WARN'];
/** Only guards against hanging: a busy machine may be ten times slower. */
const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 30_000;
const QUOTED_LINES = 15;
/** A port that was free may be taken by another program before the broker listens on it. */
const LAUNCHES = 5;

/** Another program listens on the port that the broker was to have. */
export class KafkaPortTaken extends Error {
  override name = 'KafkaPortTaken';
}

/** One real Apache Kafka broker on the loopback interface, as a child process. */
export class KafkaBroker {
  readonly bootstrapServer: string;
  /** Holds its warnings and errors. */
  readonly logFile: string;
  #run: Run | null = null;

  private constructor(
    private readonly dataDir: string,
    private readonly distribution: KafkaDistribution,
    private readonly port: number,
    private readonly heapMb: number,
    private readonly extra: Readonly<Record<string, string>>,
    private readonly clusterId: string,
    private readonly scram: readonly string[],
    private readonly javaOptions: readonly string[],
  ) {
    this.bootstrapServer = `127.0.0.1:${port}`;
    this.logFile = join(dataDir, 'broker.log');
  }

  /**
   * Starts a broker and waits until it responds. Fetches Apache Kafka first if it is missing.
   *
   * @throws KafkaUnavailable if this machine lacks what a broker needs
   * @throws KafkaPortTaken if another program has the given port
   * @throws Error with the last lines of its log if the broker does not start
   */
  static async start({
    dataDir,
    port,
    heapMb = 512,
    extra = {},
    clusterId = newClusterId(),
    scram = [],
    javaOptions = [],
  }: KafkaBrokerOptions): Promise<KafkaBroker> {
    const distribution = await kafkaDistribution();
    for (let launches = 1; ; launches++) {
      const ownPort = port ?? (await freePort());
      const broker = new KafkaBroker(
        ...([resolve(dataDir), distribution, ownPort, heapMb, extra, clusterId, scram, javaOptions] as const),
      );
      try {
        await broker.#launch();
        return broker;
      } catch (error) {
        if (!(error instanceof KafkaPortTaken) || port !== undefined || launches === LAUNCHES) throw error;
      }
    }
  }

  /** How the process ended; pending while it runs. */
  get exited(): Promise<Exit> {
    return this.#run?.exited ?? Promise.resolve({ code: 0, signal: null });
  }

  /** The id of the Java process; undefined if none is running. */
  get pid(): number | undefined {
    return this.#run?.child.pid;
  }

  /** Shuts the broker down; kills it if that takes longer than 30 s. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    run.child.kill('SIGTERM');
    const timer = setTimeout(() => run.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await run.exited;
    clearTimeout(timer);
    this.#run = null;
  }

  /** Kills the broker, like a power failure. */
  async kill(): Promise<void> {
    this.#run?.child.kill('SIGKILL');
    await this.#run?.exited;
    this.#run = null;
  }

  /** Restarts on the same port with the same data; shuts the broker down first if it is running. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#launch();
  }

  /** Changes a user's SCRAM password with Kafka's own tool. */
  async changePassword(user: string, mechanism: string, password: string): Promise<void> {
    const change = ['--alter', '--add-config', `${mechanism}=[password=${password}]`];
    const { exited } = await this.#java(
      [
        'kafka.admin.ConfigCommand',
        '--bootstrap-server',
        this.bootstrapServer,
        '--entity-type',
        'users',
      ].concat('--entity-name', user, change),
    );
    const exit = await exited;
    if (exit.code !== 0) throw await this.#failure(`did not change the password of ${user}`);
  }

  /** The end of its log, for error messages. */
  async lastLogLines(): Promise<string> {
    return (await this.#log()).trimEnd().split('\n').slice(-QUOTED_LINES).join('\n');
  }

  #log(): Promise<string> {
    return readFile(this.logFile, 'utf8').catch(() => '');
  }

  async #launch(): Promise<void> {
    await mkdir(this.dataDir, { recursive: true });
    const config = join(this.dataDir, 'server.properties');
    const properties = join(this.dataDir, 'log', 'meta.properties');
    for (let launches = 1; ; launches++) {
      const ports = { port: this.port, controllerPort: await freePort() };
      await writeFile(config, serverProperties(this.dataDir, ports, this.extra));
      if (!existsSync(properties)) await this.#format(config);
      const [, clusterId = ''] = /^cluster\.id=(.*)$/m.exec(await readFile(properties, 'utf8')) ?? [];
      const logged = await this.#log();
      this.#run = await this.#java(['kafka.Kafka', config]);
      try {
        await this.#untilResponding(this.#run, clusterId);
        return;
      } catch (error) {
        const log = (await this.#log()).slice(logged.length);
        if (!log.includes('Address already in use')) throw error;
        if (log.includes(`127.0.0.1:${this.port}`)) {
          throw new KafkaPortTaken(`Another program listens on port ${this.port}.`, { cause: error });
        }
        if (launches === LAUNCHES) throw error;
      }
    }
  }

  async #format(config: string): Promise<void> {
    const logins = this.scram.flatMap((login) => ['--add-scram', login]);
    const format = ['kafka.tools.StorageTool', 'format', '-t', this.clusterId, '-c', config, ...logins];
    const { exited } = await this.#java(format);
    const exit = await exited;
    if (exit.code !== 0) throw await this.#failure(`could not format ${this.dataDir}`);
  }

  async #untilResponding(run: Run, clusterId: string): Promise<void> {
    let ended: Exit | undefined;
    void run.exited.then((exit) => (ended = exit));
    try {
      await eventually(() => ended !== undefined || isResponding(this.bootstrapServer, clusterId), {
        timeoutMs: START_TIMEOUT_MS,
        describe: 'the broker responds',
      });
    } catch (error) {
      await this.kill();
      throw await this.#failure(`does not respond: ${String(error)}`);
    }
    if (ended === undefined) return;
    this.#run = null;
    throw await this.#failure(`ended while starting (${exitText(ended)})`);
  }

  async #java(args: readonly string[]): Promise<Run> {
    const log = await open(this.logFile, 'a');
    const { java, classPath } = this.distribution;
    const options = [`-Xmx${this.heapMb}m`, ...JAVA_OPTIONS, ...this.javaOptions, '-cp', classPath];
    const child = spawnTied(java, [...options, ...args], { stdio: ['ignore', log.fd, log.fd] });
    const exited = new Promise<Exit>((settle, reject) => {
      child.once('exit', (code, signal) => {
        settle({ code, signal });
      });
      child.once('error', reject);
    });
    await log.close();
    return { child, exited };
  }

  async #failure(what: string): Promise<Error> {
    return new Error(
      `The Kafka broker at ${this.bootstrapServer} ${what}. The end of ${this.logFile}:\n${await this.lastLogLines()}`,
    );
  }
}

/** A UUID in Kafka's format. Kafka's tool would take a leading dash for an option. */
export function newClusterId(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A');
}
