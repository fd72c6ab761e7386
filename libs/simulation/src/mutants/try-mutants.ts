import type { SimulationArguments } from '../command-line/arguments.js';
import { runMutants } from './run-mutants.js';

/** The default number of worlds: enough to find each removed rule. */
const SEEDS = 150;

/** Returns the exit code. */
export async function tryMutants({ seeds, minutes, mutants }: SimulationArguments): Promise<number> {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const surviving = await runMutants({
    firstSeed: 1,
    seeds: seeds === 1 ? SEEDS : seeds,
    minutes,
    only: mutants ?? [],
    write,
  });
  write(surviving.length === 0 ? 'Every mutant was found.' : `Not found: ${surviving.join(', ')}.`);
  return surviving.length === 0 ? 0 : 1;
}
