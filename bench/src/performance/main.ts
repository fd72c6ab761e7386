import { KafkaUnavailable } from '#testing';
import { exitCodeOf } from '#command-line';
import { parseArguments, type BenchArguments } from './arguments.js';
import { summarize } from './profile.js';
import { profileReport, report } from './report.js';
import { runBench, writeResults } from './run.js';

process.exitCode = await exitCodeOf(parseArguments(process.argv.slice(2)), main);

async function main(args: BenchArguments): Promise<number> {
  try {
    const results = await runBench(args, (line) => process.stderr.write(`${line}\n`));
    for (const [name, file] of results.profiles) {
      process.stdout.write(`\n${profileReport(name, file, await summarize(file))}\n`);
    }
    if (!args.profile) process.stdout.write(`\n${report(results)}\n`);
    process.stdout.write(`\n${await writeResults(results)}\n`);
    return results.failures.size === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof KafkaUnavailable)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
