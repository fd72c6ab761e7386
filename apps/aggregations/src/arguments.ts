import { integer, parse, program, someOf, type CommandLine } from '#command-line';

export const ANSWERS = ['topics', 'postgres'] as const;
/** Where answers are written; also the folder of SQL that does it. */
export type Answers = (typeof ANSWERS)[number];

export interface AggregationsArguments {
  /** Holds Flink's state and logs. */
  folder: string;
  /** Holds the SQL files. */
  sql: string;
  /** Null if not given: topics, and PostgreSQL where there is one. */
  answers: readonly Answers[] | null;
  /** Forget the kept state. */
  fromStart: boolean;
  /** Print the script instead of running it. */
  print: boolean;
  checkpointMs: number;
  idleTimeoutSeconds: number;
  deduplicationDays: number;
  /** The JobManager's; the TaskManager has the next one. Null if there are no metrics. */
  metricsPort: number | null;
  /** In bottles. */
  lowStockBelow: number;
}

const DESCRIPTION =
  'Computes the totals of aggregations/*.sql with Apache Flink while events arrive, beside a running npm start.';
const NOTES = `
Ctrl-C writes a savepoint, from which the next run continues. A second Ctrl-C exits at once.
Needs Java 17; Maven fetches Flink once (188 MB). Flink takes 2 GB of memory.

  KAFKA_BOOTSTRAP_SERVER   host:port of another broker than that of npm start
  KAFKA_TOPIC_NAME         its topic (default: sales_events); results go to topics whose names begin with it
  KAFKA_TLS..., KAFKA_SASL...  as for the ingester (docs/configuration.md), but for oauthbearer
  POSTGRES_URL             postgresql://USER@HOST:PORT/DATABASE with the tables of aggregations/postgres/database/sales_now.sql,
                           for results in PostgreSQL too; a password is in the file that PGPASSFILE names
  FLINK_DISTRIBUTION_DIR   where Flink is fetched to (default: .local/flink-2.2.1)

Exit codes: 0 stopped, and the state is kept; 1 something failed; 2 invalid option.`;

const newCommand = () =>
  program('npm run aggregations --', DESCRIPTION)
    .option('--from-start', 'forget the kept state and read the topic from its start')
    .option('--sql <DIR>', 'the SQL files to run', 'aggregations')
    .option(
      '--answers <LIST>',
      'where results go: topics, postgres or both (default: topics, and postgres with POSTGRES_URL)',
    )
    .option('--print', 'print the SQL as one script for another Flink cluster, and exit')
    .option('--folder <DIR>', 'where state and logs are kept', '.local/aggregations')
    .option('--checkpoint <S>', 'seconds between checkpoints; results appear with each (default: 5)')
    .option(
      '--idle-timeout <S>',
      'seconds after which a partition without records no longer holds back the closing of hours (default: 60)',
    )
    .option('--remember <D>', 'days for which ids are remembered: a later copy counts again (default: 7)')
    .option(
      '--low-stock <N>',
      'the balance of a product, in bottles, below which its stock is low (default: 20)',
    )
    .option(
      '--metrics-port <N>',
      'metrics for Prometheus at this port (JobManager) and the next one (TaskManager)',
    )
    .addHelpText('after', NOTES);

interface Options {
  fromStart?: true;
  print?: true;
  sql: string;
  answers?: string;
  folder: string;
  checkpoint?: string;
  idleTimeout?: string;
  remember?: string;
  lowStock?: string;
  metricsPort?: string;
}

/** Parses the command line; names every fault at once. */
export function parseArguments(args: string[]): CommandLine<AggregationsArguments> {
  return parse(newCommand(), args, (faults, command) => {
    const given = command.opts<Options>();
    return {
      folder: given.folder,
      sql: given.sql,
      answers: faults.read('--answers', given.answers, someOf(ANSWERS), null),
      fromStart: given.fromStart === true,
      print: given.print === true,
      checkpointMs: 1_000 * faults.read('--checkpoint', given.checkpoint, integer(1, 3_600), 5),
      idleTimeoutSeconds: faults.read('--idle-timeout', given.idleTimeout, integer(1), 60),
      deduplicationDays: faults.read('--remember', given.remember, integer(1, 3_650), 7),
      lowStockBelow: faults.read('--low-stock', given.lowStock, integer(Number.MIN_SAFE_INTEGER), 20),
      metricsPort: faults.read('--metrics-port', given.metricsPort, integer(1, 65_534), null),
    };
  });
}
