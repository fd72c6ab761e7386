import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { KafkaUnavailable, REPOSITORY_ROOT } from '#testing';
import { exitCodeOf } from '#command-line';
import { parseArguments, type ChaosArguments } from './arguments.js';
import { makePlan } from './plan.js';
import { clock, planText, report } from './report.js';
import { runChaos } from './run.js';

const EXIT_INTERRUPTED = 130;

process.exitCode = await exitCodeOf(
  parseArguments(process.argv.slice(2), randomBytes(4).readUInt32BE()),
  main,
);

async function main({ minutes, isPlanOnly, ...args }: ChaosArguments): Promise<number> {
  const options = { ...args, durationMs: minutes * 60_000 };
  write(
    `seed ${args.seed}, ${args.engine}, brokers ${args.brokers}, ingesters ${args.ingesters}, ` +
      `partitions ${args.partitions}`,
  );
  if (isPlanOnly) {
    write(planText(makePlan(options)));
    return 0;
  }
  // Ends the processes of the run with this one.
  process.once('SIGINT', () => process.exit(EXIT_INTERRUPTED));
  const folder = join(REPOSITORY_ROOT, '.local/chaos', `${args.engine}-${args.seed}`);
  try {
    const result = await runChaos({
      ...options,
      folder,
      tell: (line, atMs) => {
        write(`${clock(atMs)}  ${line}`);
      },
    });
    write(`\n${report(result)}`);
    return result.problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof KafkaUnavailable) process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`The run broke; the ingesters' logs are in ${folder}. ${String(error)}\n`);
    return 1;
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
