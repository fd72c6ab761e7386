import { KafkaUnavailable } from '#testing';
import { parseArguments, USAGE } from './arguments.js';
import type { BenchArguments } from './arguments.js';
import { summarize } from './profile.js';
import { profileReport, report } from './report.js';
import { runBench, writeResults } from './run.js';

const parsed = parseArguments(process.argv.slice(2));
switch (parsed.kind) {
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'invalid':
    process.stderr.write(`${parsed.faults.join('\n')}\nSee --help.\n`);
    process.exitCode = 2;
    break;
  case 'run':
    process.exitCode = await main(parsed.arguments);
    break;
}

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
