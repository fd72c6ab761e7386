import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PlainError } from '#command-line';
import { freePort, type Exit } from '#testing';
import { newestState } from '../state/kept-state.js';
import type { FlinkDistribution } from './flink-distribution.js';
import { JOB_MANAGER_JVM, TASK_MANAGER_JVM, type FlinkFiles, type FlinkOptions } from './flink-files.js';
import { FlinkProcess } from './flink-process.js';
import { JobRest } from './job-rest.js';

const POLL_MS = 250;
const SAVEPOINT_TIMEOUT_MS = 60_000;
const RESTART_DELAY_MS = 1_000;
const SQL_RUNNER = 'org.apache.flink.table.runtime.application.SqlDriver';

/**
 * One Flink job on this machine: a JobManager, which runs the SQL script, and a TaskManager. Restarts what ends
 * unexpectedly, from the newest checkpoint.
 */
export class FlinkCluster {
  #rest = new JobRest(0);
  #jobManager: FlinkProcess | null = null;
  #taskManager: FlinkProcess | null = null;
  #isStopping = false;
  #hasRun = false;
  readonly #failed = Promise.withResolvers<never>();
  /** How often a process was started again. */
  restarts = 0;

  constructor(
    private readonly distribution: FlinkDistribution,
    private readonly files: FlinkFiles,
    private readonly script: string,
    private readonly options: FlinkOptions,
  ) {
    // Whoever waits meets the failure; that nobody waits at the moment is no fault.
    this.#failed.promise.catch(() => undefined);
  }

  get rest(): JobRest {
    return this.#rest;
  }

  /** Rejects when the job cannot run any more. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /**
   * Starts both processes and waits until all tasks run. Continues from the newest state.
   *
   * @throws PlainError if the JobManager ends instead, for example because of a fault in the SQL
   */
  async start(): Promise<void> {
    this.#hasRun = false;
    await this.#launch();
    await Promise.race([this.#untilRunning(), this.failed]);
    this.#hasRun = true;
  }

  /** Writes a savepoint and ends both processes. Returns why no savepoint was written, otherwise null. */
  async stop(): Promise<string | null> {
    this.#isStopping = true;
    const fault = await this.#savepoint().catch((error: unknown) => String(error));
    await Promise.all([this.#jobManager?.stop(), this.#taskManager?.stop()]);
    return fault;
  }

  /** Ends both processes at once. The state of the last checkpoint remains. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([this.#jobManager?.kill(), this.#taskManager?.kill()]);
  }

  async #launch(): Promise<void> {
    const ports = { rpc: await freePort(), rest: await freePort() };
    this.files.write(this.script, ports, this.options);
    this.#rest = new JobRest(ports.rest);
    this.#startJobManager();
    this.#startTaskManager();
  }

  #startJobManager(): void {
    const state = newestState(this.files.state);
    const process = new FlinkProcess(this.distribution, this.files, {
      name: 'jobmanager',
      jvm: JOB_MANAGER_JVM,
      mainClass: 'org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint',
      args: [
        ...['--job-classname', SQL_RUNNER, '--job-id', randomBytes(16).toString('hex')],
        ...(state === null ? [] : ['--fromSavepoint', state]),
        ...['--scriptUri', this.files.script],
      ],
    });
    this.#jobManager = process;
    void process.exited.then((exit) => this.#afterJobManager(process, exit));
  }

  async #afterJobManager(process: FlinkProcess, exit: Exit): Promise<void> {
    if (!this.#isWanted(process)) return;
    if (!this.#hasRun && exit.signal === null) {
      this.#failed.reject(new PlainError(withRemedy(process.describe(exit))));
      return;
    }
    this.restarts++;
    // Its tasks must not go on beside those of the next JobManager.
    const taskManager = this.#taskManager;
    this.#taskManager = null;
    await taskManager?.kill();
    await delay(RESTART_DELAY_MS);
    if (!this.#isWanted(process)) return;
    await this.start().catch((error: unknown) => {
      this.#failed.reject(error);
    });
  }

  /** Whether it is to run, or to be replaced if it has ended. */
  #isWanted(process: FlinkProcess): boolean {
    return !this.#isStopping && (this.#jobManager === process || this.#taskManager === process);
  }

  #startTaskManager(): void {
    const process = new FlinkProcess(this.distribution, this.files, {
      name: 'taskmanager',
      jvm: TASK_MANAGER_JVM,
      mainClass: 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
      args: [],
    });
    this.#taskManager = process;
    void process.exited.then(async () => {
      if (!this.#isWanted(process)) return;
      this.restarts++;
      await delay(RESTART_DELAY_MS);
      if (this.#isWanted(process)) this.#startTaskManager();
    });
  }

  async #untilRunning(): Promise<void> {
    for (;;) {
      const job = await this.#rest.job();
      if (job?.state === 'RUNNING' && (await this.#rest.hasAllTasks(job.id))) return;
      if (job?.state === 'RESTARTING') await this.#mustNotFailOnPostgres(job.id);
      if (job?.state === 'FAILED') {
        const reason = await this.#rest.lastFailure(job.id);
        throw new PlainError(withRemedy(`Flink cannot run the job: ${reason ?? 'it does not say why'}`));
      }
      await delay(POLL_MS);
    }
  }

  /** Kafka is asked before Flink starts. That the database refuses shows only here, and would be retried for ever. */
  async #mustNotFailOnPostgres(jobId: string): Promise<void> {
    const reason = await this.#rest.lastFailure(jobId);
    if (reason?.includes('PSQLException') !== true) return;
    throw new PlainError(
      `PostgreSQL refuses the results: ${reason}\n` +
        'Check POSTGRES_URL and PGPASSFILE, and that aggregations/postgres/database/sales_now.sql was run.',
    );
  }

  async #savepoint(): Promise<string | null> {
    const job = await this.#rest.job();
    const jobManager = this.#jobManager;
    if (job === null || jobManager === null) return 'the job does not run';
    const request = await this.#rest.stopWithSavepoint(job.id);
    const ended = jobManager.exited.then(() => 'ended' as const);
    const deadline = performance.now() + SAVEPOINT_TIMEOUT_MS;
    while (performance.now() < deadline) {
      const failure = await this.#rest.savepointFailure(job.id, request);
      if (failure !== null) return failure;
      if ((await Promise.race([ended, delay(POLL_MS)])) === 'ended') return null;
    }
    return `it was not written within ${SAVEPOINT_TIMEOUT_MS / 1000} s`;
  }
}

function withRemedy(fault: string): string {
  if (!fault.includes('allowNonRestoredState')) return fault;
  return (
    `${fault}\n\nThe SQL counts or groups differently from that of the kept state. Start with --from-start, which reads the\n` +
    'topic from its start, or undo the change.'
  );
}
