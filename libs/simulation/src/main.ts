import { exitCodeOf } from '#command-line';
import { parseArguments, type SimulationArguments } from './command-line/arguments.js';

const NEW_SEEDS = 1_000_000_000;

const parsed = parseArguments(process.argv.slice(2), Math.floor(Math.random() * NEW_SEEDS), new Date());
process.exitCode = await exitCodeOf(parsed, run);

async function run(options: SimulationArguments): Promise<number> {
  if (options.mutants !== null) {
    const { tryMutants } = await import('./mutants/try-mutants.js');
    return tryMutants(options);
  }
  // Replaces the clocks of this process, so it must come before any code of the product.
  await import('./time/take-control.js');
  const { installBroker } = await import('./kafka/install.js');
  const { installDriver } = await import('./warehouse/snowflake/install.js');
  const { installFetch } = await import('./warehouse/streaming/install.js');
  installBroker();
  installDriver();
  installFetch();
  const { runWorlds } = await import('./command-line/run-worlds.js');
  return runWorlds(options);
}
