import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '../repository-root.js';

const OLDEST_PYTHON = [3, 10] as const;
/** Newer connectors do not work with this fakesnow. The compiled sqlglot saves a quarter of its specs' time. */
const PACKAGES = [
  'fakesnow[server]==0.12.1',
  'snowflake-connector-python==4.8.1',
  'duckdb==2.0.0',
  'sqlglot[c]==30.22.0',
];
const FOLDER = join(REPOSITORY_ROOT, '.local', 'fakesnow-0.12.1-compiled');
const INSTALL_TIMEOUT_MS = 10 * 60_000;

const run = promisify(execFile);

/** This machine cannot run fakesnow. The message says why. */
export class FakesnowUnavailable extends Error {
  override name = 'FakesnowUnavailable';
}

/**
 * A Python with fakesnow, which is installed once from PyPI into .local/ (360 MB).
 *
 * @returns the path of the interpreter
 * @throws FakesnowUnavailable
 */
export async function pythonWithFakesnow(): Promise<string> {
  const python = join(FOLDER, 'bin', 'python');
  if (!existsSync(python)) await install();
  return python;
}

/** Creates the folder with one rename, so that it is either complete or missing. */
async function install(): Promise<void> {
  const base = await findPython();
  const folder = await mkdtemp(`${FOLDER}.installing-`);
  try {
    await run(base, ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES];
    await run(join(folder, 'bin', 'python'), pip, { timeout: INSTALL_TIMEOUT_MS });
    await rename(folder, FOLDER);
  } catch (error) {
    // Another process may have installed it meanwhile.
    if (existsSync(FOLDER)) return;
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const reason = stderr.trim().split('\n').at(-1) ?? message;
    throw new FakesnowUnavailable(`fakesnow could not be installed: ${reason}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findPython(): Promise<string> {
  for (const command of ['python3', 'python']) {
    const version = await versionOf(command);
    if (version === null) continue;
    const [major, minor] = version;
    if (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]) return command;
  }
  throw new FakesnowUnavailable(`there is no Python ${OLDEST_PYTHON.join('.')} or newer (python3)`);
}

async function versionOf(command: string): Promise<[number, number] | null> {
  try {
    const { stdout } = await run(command, ['-c', 'import sys; print(*sys.version_info[:2])']);
    const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
    return [major, minor];
  } catch {
    return null;
  }
}
