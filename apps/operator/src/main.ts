import 'reflect-metadata';
import { EXIT_OK } from './failures.js';
import { runOperator } from './run-operator.js';

/** `operator ... | head` closes the pipe before everything is written, which is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_OK);
});
/** Messages for people may go unread; the exit code still counts. */
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const { env, stdout, stderr } = process;
const exitCode = await runOperator(process.argv.slice(2), { env, stdout, stderr, signals: process });
await Promise.all([stdout, stderr].map(flushed));
// A connection attempt that gets no reply would keep the process alive for minutes after the command has ended.
process.exit(exitCode);

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
