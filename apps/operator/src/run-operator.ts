import { NestFactory } from '@nestjs/core';
import { CommanderError } from 'commander';
import { OperatorProgram } from './commands/operator-program.js';
import type { OperatorContext } from './context.js';
import { EXIT_OK, EXIT_USAGE, exitCodeOf, explain } from './failures.js';
import { OperatorModule } from './operator.module.js';
import { StderrLogger } from './stderr-logger.js';

/** Runs one command line, closes every connection, and returns the exit code. Does not end the process. */
export async function runOperator(args: readonly string[], context: OperatorContext): Promise<number> {
  const app = await NestFactory.createApplicationContext(OperatorModule.in(context), {
    logger: new StderrLogger(context.stderr),
    abortOnError: false,
  });
  try {
    await app.get(OperatorProgram).run(args);
    return EXIT_OK;
  } catch (error) {
    // commander has already printed the help or its error; its exit codes are 0 and 1.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    const message = explain(error);
    if (message !== null) context.stderr.write(`${message}\n`);
    return exitCodeOf(error);
  } finally {
    await app.close();
  }
}
