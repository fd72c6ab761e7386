import { isRunning, type LocalRun } from '#command-line';
import type { Environment } from '#settings';

/** Settings that choose a warehouse. */
const CHOOSES_WAREHOUSE = /^(WAREHOUSE$|DUCKDB_|SNOWFLAKE_)/;

/**
 * The environment of a command: if it names no warehouse, that of the last `npm start`. A setting that contradicts that run
 * means another one.
 *
 * @param note told which run is used
 */
export function withLocalRun(
  env: Environment,
  find: () => LocalRun | null,
  note: (text: string) => void,
): Environment {
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  if (given.some(([key]) => CHOOSES_WAREHOUSE.test(key))) return env;
  const run = find();
  if (run === null || given.some(([key, value]) => (run.env[key] ?? value) !== value)) return env;
  note(noteOf(run));
  return { ...env, ...run.env };
}

function noteOf(run: LocalRun): string {
  return isRunning(run.pid)
    ? `Using npm start (process ${run.pid}), with its data in ${run.data}.`
    : `Using the data of npm start in ${run.data}. It has ended: its tables can be read; for what needs Kafka, such as redrive, run "${run.command}" again.`;
}
