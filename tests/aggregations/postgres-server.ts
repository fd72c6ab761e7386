import { execFileSync, spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, REPOSITORY_ROOT, ServiceProcess } from '#testing';

/** Debian keeps the server's programs out of the path. */
const PROGRAMS = globSync('/usr/lib/postgresql/*/bin').sort().at(-1) ?? '/usr/bin';
const NOBODY = 65_534;
const ROLES = ['sales_now_writer', 'sales_now_reader'] as const;
type Role = 'owner' | (typeof ROLES)[number];
const DATABASE = 'postgres';

export const hasPostgres = existsSync(join(PROGRAMS, 'initdb'));
if (!hasPostgres)
  process.stderr.write('left out: results in PostgreSQL (needs PostgreSQL: apt-get install postgresql)\n');

/** A real PostgreSQL on the loopback interface, with passwords and the tables of the aggregations. */
export class PostgresServer {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly process: ServiceProcess,
  ) {}

  static async start(): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
    const data = join(folder, 'data');
    const port = await freePort();
    const passwords = (['owner', ...ROLES] as const).map(
      (role) => `127.0.0.1:${port}:*:${role}:${passwordOf(role)}\n`,
    );
    await writeFile(join(folder, 'passwords'), passwords.join(''), { mode: 0o600 });
    await writeFile(join(folder, 'owner'), passwordOf('owner'));
    // PostgreSQL refuses to run as root.
    if (process.getuid?.() === 0) {
      await chmod(folder, 0o755);
      execFileSync('install', ['-d', '-o', String(NOBODY), '-g', String(NOBODY), data]);
      await chown(join(folder, 'owner'), NOBODY, NOBODY);
    }
    const [initdb = '', ...options] = unprivileged(
      ...[join(PROGRAMS, 'initdb'), '--pgdata', data, '--no-sync', '--encoding', 'UTF8', '--locale', 'C'],
      ...['--username', 'owner', '--auth', 'scram-sha-256', '--pwfile', join(folder, 'owner')],
    );
    execFileSync(initdb, options, { cwd: folder, stdio: 'pipe' });
    const [server = '', ...settings] = unprivileged(
      ...[join(PROGRAMS, 'postgres'), '-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F'],
    );
    const child = spawn(server, settings, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const postgres = new PostgresServer(folder, port, new ServiceProcess('postgres', child, undefined));
    await eventually(async () => postgres.query('owner', 'SELECT 1'), { describe: 'PostgreSQL responds' });
    postgres.#createTables();
    return postgres;
  }

  get passwordFile(): string {
    return join(this.folder, 'passwords');
  }

  url(role: Role): string {
    return `postgresql://${role}@127.0.0.1:${this.port}/${DATABASE}`;
  }

  /** The rows of a query, as JSON makes them. */
  query(role: Role, sql: string): Record<string, unknown>[] {
    const output = this.#psql(role, ['--command', `SELECT coalesce(json_agg(r), '[]') FROM (${sql}) AS r`]);
    return JSON.parse(output) as Record<string, unknown>[];
  }

  /** @throws Error with the message of the server */
  execute(role: Role, sql: string): void {
    this.#psql(role, ['--command', sql]);
  }

  async stop(): Promise<void> {
    await this.process.stop('SIGINT');
    await rm(this.folder, { recursive: true, force: true });
  }

  #createTables(): void {
    const file = join(REPOSITORY_ROOT, 'aggregations/postgres/database/sales_now.sql');
    this.#psql('owner', ['--single-transaction', '--file', file]);
    // It may run again.
    this.#psql('owner', ['--single-transaction', '--file', file]);
    for (const role of ROLES) this.execute('owner', `ALTER ROLE ${role} PASSWORD '${passwordOf(role)}'`);
  }

  #psql(role: Role, args: readonly string[]): string {
    return execFileSync(
      'psql',
      [
        '--no-psqlrc',
        '--quiet',
        '--tuples-only',
        '--no-align',
        '--set=ON_ERROR_STOP=1',
        ...args,
        this.url(role),
      ],
      {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], PGPASSFILE: this.passwordFile, PGTZ: 'UTC' },
        stdio: 'pipe',
      },
    );
  }
}

function passwordOf(role: Role): string {
  return `cork-of-${role}`;
}

/** The command as a user that is not root, which ends when this process does. */
function unprivileged(...command: readonly string[]): string[] {
  const user =
    process.getuid?.() === 0 ? ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'] : [];
  return ['setpriv', ...user, '--pdeathsig', 'KILL', '--', ...command];
}
