import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '../repository-root.js';

const OLDEST_PYTHON = [3, 10] as const;
const INSTALL_TIMEOUT_MS = 10 * 60_000;

const run = promisify(execFile);

/** This machine cannot run a Python program. The message says why. */
export class PythonUnavailable extends Error {
  override name = 'PythonUnavailable';
}

/**
 * A Python with packages of PyPI, which are installed once into a folder of .local/.
 *
 * @param name of the folder: it changes with the versions
 * @returns the path of the interpreter
 * @throws PythonUnavailable
 */
export async function pythonWith(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(REPOSITORY_ROOT, '.local', name);
  const python = join(folder, 'bin', 'python');
  if (!existsSync(python)) await install(folder, packages);
  return python;
}

/** Creates the folder with one rename, so that it is either complete or missing. */
async function install(folder: string, packages: readonly string[]): Promise<void> {
  const base = await findPython();
  const unfinished = await mkdtemp(`${folder}.installing-`);
  try {
    await run(base, ['-m', 'venv', unfinished]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
    await run(join(unfinished, 'bin', 'python'), pip, { timeout: INSTALL_TIMEOUT_MS });
    await rename(unfinished, folder);
  } catch (error) {
    // Another process may have installed it meanwhile.
    if (existsSync(folder)) return;
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const reason = stderr.trim().split('\n').at(-1) ?? message;
    throw new PythonUnavailable(`${packages[0] ?? ''} could not be installed: ${reason}`);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function findPython(): Promise<string> {
  for (const command of ['python3', 'python']) {
    const version = await versionOf(command);
    if (version === null) continue;
    const [major, minor] = version;
    if (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]) return command;
  }
  throw new PythonUnavailable(`there is no Python ${OLDEST_PYTHON.join('.')} or newer (python3)`);
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
