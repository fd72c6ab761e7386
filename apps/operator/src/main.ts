import 'reflect-metadata';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { readLocalRun } from '#command-line';
import { isatty } from 'node:tty';
import { EXIT_OK } from './failures.js';
import { runOperator } from './run-operator.js';

/** `operator ... | head` closes the pipe early, which is not a failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_OK);
});
/** Losing stderr is not a failure; the exit code still counts. */
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const { env, stdout, stderr } = process;
const exitCode = await runOperator(process.argv.slice(2), {
  env,
  // Opened only by who reads it: an editor that a command starts needs it too.
  stdin: { isTTY: isatty(0), open: () => process.stdin },
  findLocalRun: () =>
    readLocalRun(join(dirname(findPackageJSON('.', import.meta.url) ?? '.'), '.local/last-run.json')),
  stdout,
  stderr,
  signals: process,
});
await Promise.all([stdout, stderr].map(flushed));
// A pending connection attempt would keep the process alive for minutes after the command has finished.
process.exit(exitCode);

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
