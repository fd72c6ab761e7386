import { exitCodeOf, stopSignal } from '#command-line';
import { Screen } from '#terminal';
import { parseArguments } from './arguments.js';
import { runAggregations } from './run-aggregations.js';

// kafkajs sets timers in the past, harmlessly; Node 24 would write a warning into the live view.
process.removeAllListeners('warning');

process.exitCode = await exitCodeOf(parseArguments(process.argv.slice(2)), async (given) =>
  // Ends also what a failed start left running: the exit hook of each child process.
  process.exit(await runAggregations(given, new Screen(process.stdout), stopSignal())),
);
