import 'reflect-metadata';
import { CommandFactory } from 'nest-commander';
import { exitCodeOf, EXIT_OK, explain } from './failures.js';
import { OperatorModule } from './operator.module.js';

/** `operator ... | head` closes the pipe before all is written: nothing is wrong with that. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? EXIT_OK);
});
/** Nobody reads what is for people: the answer counts. */
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await CommandFactory.run(OperatorModule, {
  serviceErrorHandler: (error) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  },
});

// A connection that nobody answers would keep the process alive for minutes after its command has ended.
await Promise.all([process.stdout, process.stderr].map(written));
process.exit();

/** Resolves when all that was written to the stream is handed over. */
async function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
