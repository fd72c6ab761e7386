import { Screen } from '#terminal';
import { exitCodeOf, stopSignal } from '#command-line';
import { parseArguments } from './arguments.js';
import { runLocally } from './local-run.js';

// kafkajs sets timers in the past, harmlessly; Node 24 would write a warning into the live view.
process.removeAllListeners('warning');

process.exitCode = await exitCodeOf(parseArguments(process.argv.slice(2)), async (given) =>
  // Ends also what a failed start left running: the exit hook of each child process.
  process.exit(await runLocally(given, new Screen(process.stdout), stopSignal())),
);
