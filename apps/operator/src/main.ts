import 'reflect-metadata';
import { CommandFactory } from 'nest-commander';
import { exitCodeOf, EXIT_OK, explain } from './failures.js';
import { OperatorModule } from './operator.module.js';

/** `operator ... | head` closes the pipe before all is written: nothing is wrong with that. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_OK);
});

await CommandFactory.run(OperatorModule, {
  serviceErrorHandler: (error) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  },
});
