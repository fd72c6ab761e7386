import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PlainError, takeRunLock } from '#command-line';
import type { Screen } from '#terminal';
import { REPOSITORY_ROOT } from '#testing';
import type { AggregationsArguments, Answers } from './arguments.js';
import { FlinkCluster } from './flink/flink-cluster.js';
import { flinkDistribution, mustFetchFlink } from './flink/flink-distribution.js';
import { FlinkFiles } from './flink/flink-files.js';
import { LiveView } from './live/live-view.js';
import { findPostgres, mustRespond, type Postgres } from './postgres-url.js';
import { flinkLogin, type FlinkLogin } from './kafka/flink-login.js';
import { createResultTopics, RESULTS, resultTopic } from './kafka/result-topics.js';
import { Results } from './kafka/results.js';
import { clientOf, clusterIdOf, findSource, type KafkaClient, type Source } from './kafka/source.js';
import { readScript } from './sql/script.js';
import { forgetState, newestState } from './state/kept-state.js';

const EXIT_INTERRUPTED = 130;
const PARALLELISM = 2;
/** Brokers allow at most 15 minutes by default. After that, the results of an unfinished checkpoint are lost. */
const TRANSACTION_TIMEOUT_MS = 600_000;

/**
 * Runs the aggregations until somebody stops them. Returns the exit code.
 *
 * @param stop given on the first Ctrl-C
 */
export async function runAggregations(
  args: AggregationsArguments,
  screen: Screen,
  stop: AbortSignal,
): Promise<number> {
  try {
    return await run(args, screen, stop);
  } catch (error) {
    if (!(error instanceof PlainError)) throw error;
    screen.problem(error.message);
    return error.exitCode;
  }
}

async function run(args: AggregationsArguments, screen: Screen, stop: AbortSignal): Promise<number> {
  const source = findSource(process.env);
  const postgres = findPostgres(process.env);
  const answers = args.answers ?? (postgres === null ? ['topics'] : ['topics', 'postgres']);
  const scriptWith = (login: FlinkLogin): string => scriptOf(args, answers, source, postgres, login);
  if (args.print) {
    screen.say(scriptWith(flinkLogin(source.settings, join(resolve(args.folder), 'login'))));
    return 0;
  }
  const what = mustFetchFlink() ? 'Fetching (once, 188 MB) Apache Flink' : 'Looking for Apache Flink';
  const distribution = await screen.step(what, untilStopped(flinkDistribution(), stop));
  const kafka = clientOf(source);
  const folder = join(resolve(args.folder), `${await clusterIdOf(source, kafka)}-${source.topic}`);
  mkdirSync(folder, { recursive: true });
  takeRunLock(join(folder, 'lock'), 'npm run aggregations');
  const files = new FlinkFiles(folder);
  if (args.fromStart) forgetState(files.state);
  const login = flinkLogin(source.settings, join(folder, 'login'));
  const script = scriptWith(login);
  login.write();
  if (answers.includes('topics')) await createTopics(kafka, source);
  if (postgres !== null && answers.includes('postgres')) await mustRespond(postgres);

  const cluster = new FlinkCluster(distribution, files, script, {
    checkpointMs: args.checkpointMs,
    parallelism: PARALLELISM,
    metricsPort: args.metricsPort,
  });
  const results = answers.includes('topics') ? new Results(kafka, source.topic) : null;
  try {
    const kept = newestState(files.state);
    const from = kept === null ? "the topic's start" : 'the kept state';
    await screen.step(`Starting Flink from ${from}`, untilStopped(cluster.start(), stop));
    screen.say(whereThingsAre(source, answers, files));
    await results?.start();
    const view = new LiveView(screen, cluster, results);
    await Promise.race([cluster.failed, aborted(stop)]).finally(() => {
      view.end();
    });
  } catch (error) {
    await cluster.kill();
    throw error;
  } finally {
    await results?.stop();
  }
  const fault = await screen.step('Writing a savepoint', cluster.stop());
  if (fault !== null) {
    screen.problem(`No savepoint was written: ${fault}. The next run continues from the last checkpoint.`);
  }
  return 0;
}

/** @throws PlainError if a folder of SQL is missing, or the database for the answers is not given */
function scriptOf(
  args: AggregationsArguments,
  answers: readonly Answers[],
  { bootstrapServer, topic }: Source,
  postgres: Postgres | null,
  login: FlinkLogin,
): string {
  const folder = resolve(REPOSITORY_ROOT, args.sql);
  const folders = [folder, ...answers.map((each) => join(folder, each))];
  const missing = folders.find((each) => !existsSync(each));
  if (missing !== undefined)
    throw new PlainError(`There is no folder ${missing}. --sql must name one that has it.`);
  if (postgres === null && answers.includes('postgres')) {
    throw new PlainError('For --answers postgres, set POSTGRES_URL to the database.');
  }
  return readScript(folders, {
    KAFKA_BOOTSTRAP_SERVER: bootstrapServer,
    KAFKA_TOPIC_NAME: topic,
    KAFKA_SECURITY: login.options,
    ...(postgres === null ? {} : { POSTGRES_URL: postgres.jdbcUrl }),
    TRANSACTION_TIMEOUT_MS: String(TRANSACTION_TIMEOUT_MS),
    DEDUPLICATION_SPAN: `${args.deduplicationDays} d`,
    LOW_STOCK_BELOW: String(args.lowStockBelow),
    IDLE_TIMEOUT: `${args.idleTimeoutSeconds} s`,
  });
}

async function createTopics(kafka: KafkaClient, { bootstrapServer, topic }: Source): Promise<void> {
  try {
    await createResultTopics(kafka, topic);
  } catch (error) {
    throw new PlainError(
      `The topics of the results could not be created on ${bootstrapServer}: ${(error as Error).message}`,
    );
  }
}

function whereThingsAre(
  { bootstrapServer, topic }: Source,
  answers: readonly Answers[],
  files: FlinkFiles,
): string {
  const results = [
    ...(answers.includes('topics') ? RESULTS.map((result) => resultTopic(topic, result)) : []),
    ...(answers.includes('postgres') ? ["PostgreSQL's schema sales_now"] : []),
  ];
  const lines = [
    ['Events', `${bootstrapServer}, topic ${topic}`],
    ['Results', results.join(', ')],
    ['State, logs', files.folder],
  ] as const;
  return `\n${lines.map(([name, where]) => `  ${name.padEnd(14)}${where}\n`).join('')}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    if (signal.aborted) settle();
    signal.addEventListener('abort', () => {
      settle();
    });
  });
}

/** @throws PlainError if somebody stops it first */
async function untilStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  const interruption = aborted(stop).then(() => {
    throw new PlainError('Stopped before Flink ran.', EXIT_INTERRUPTED);
  });
  return Promise.race([work, interruption]);
}
