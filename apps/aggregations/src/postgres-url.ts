import { connect } from 'node:net';
import { PlainError } from '#command-line';

const SETTING = 'POSTGRES_URL';
const FORM = `${SETTING} must be postgresql://USER@HOST:PORT/DATABASE`;
const USUAL_PORT = 5432;
const TIMEOUT_MS = 10_000;

/** The database that has the tables of the answers. */
export interface Postgres {
  host: string;
  port: number;
  /** As Flink's connector takes it, without a password: the driver finds that in PGPASSFILE or ~/.pgpass. */
  jdbcUrl: string;
}

/**
 * The database of POSTGRES_URL; null if that is not set.
 *
 * @throws PlainError if it is no such URL, or has a password
 */
export function findPostgres(env: NodeJS.ProcessEnv): Postgres | null {
  const given = env[SETTING];
  if (given === undefined || given === '') return null;
  if (!URL.canParse(given)) throw new PlainError(`${FORM}.`);
  const url = new URL(given);
  const { protocol, hostname: host, pathname, username, password, searchParams } = url;
  if (!/^postgres(ql)?:$/.test(protocol) || host === '' || username === '' || pathname.length < 2) {
    throw new PlainError(`${FORM}.`);
  }
  if (password !== '' || searchParams.has('password')) {
    throw new PlainError(
      `${SETTING} has a password, which Flink would show in the plan of its job. Write it to a file that PGPASSFILE names\n` +
        '(https://www.postgresql.org/docs/current/libpq-pgpass.html).',
    );
  }
  const port = url.port === '' ? USUAL_PORT : Number(url.port);
  const parameters = new URLSearchParams([...searchParams, ['user', decodeURIComponent(username)]]);
  return { host, port, jdbcUrl: `jdbc:postgresql://${host}:${port}${pathname}?${parameters.toString()}` };
}

/** @throws PlainError if nothing listens there: Flink would restart its job again and again */
export async function mustRespond({ host, port }: Postgres): Promise<void> {
  const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, timeout: TIMEOUT_MS });
  try {
    await new Promise<void>((settle, reject) => {
      socket.once('connect', settle);
      socket.once('error', reject);
      socket.once('timeout', () => {
        reject(new Error(`no response within ${TIMEOUT_MS / 1000} s`));
      });
    });
  } catch (error) {
    throw new PlainError(
      `No PostgreSQL responds at ${host}:${port}: ${(error as Error).message}. Check ${SETTING}.`,
    );
  } finally {
    socket.destroy();
  }
}
