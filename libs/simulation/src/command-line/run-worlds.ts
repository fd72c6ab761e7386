import { join } from 'node:path';
import { makePlan, type Plan } from '../scenario/plan.js';
import { simulate, type RunResult } from '../scenario/simulate.js';
import type { SimulationArguments } from './arguments.js';
import { runText, summary } from './report.js';
import { shrink } from './shrink.js';
import { readPlan, storePlan } from './stored-plan.js';

const FOLDER = '.local/simulation';
const HOUR_MS = 3_600_000;

/** Returns the exit code. */
export async function runWorlds(options: SimulationArguments): Promise<number> {
  const results: RunResult[] = [];
  let simulatedMs = 0;
  for await (const plan of plans(options)) {
    const result = await simulate(plan, options.isPrinted ? write : null);
    results.push(result);
    simulatedMs += result.simulatedMs;
    write(runText(result));
    if (result.violation !== null && options.isShrunk) await explain(result, result.violation);
    if (result.violation !== null && options.isFirstEnough) break;
    if (simulatedMs >= options.hours * HOUR_MS) break;
  }
  if (results.length > 1) write(summary(results));
  return results.every(({ violation }) => violation === null) ? 0 : 1;
}

async function* plans({
  planFile,
  firstSeed,
  seeds,
  minutes,
  warehouse,
  tolerated,
  isMadeAnew,
}: SimulationArguments): AsyncGenerator<Plan> {
  if (planFile !== null) {
    yield await readPlan(planFile, tolerated);
    return;
  }
  for (let index = 0; index < seeds; index += 1)
    yield makePlan({ seed: firstSeed + index, minutes, warehouse, tolerated, isMadeAnew });
}

/** Reports the fewest faults that still break the world, and how to print its story. */
async function explain({ plan, simulatedMs }: RunResult, violation: string): Promise<void> {
  const { plan: smallest, runs, violation: why } = await shrink(plan, violation, simulatedMs);
  const file = join(FOLDER, `${plan.seed}.json`);
  await storePlan(file, smallest, why);
  const strikes: string[] = [];
  await simulate(smallest, (line) => {
    if (/FAULT|BROKEN/.test(line)) strikes.push(`        ${line}`);
  });
  write(
    `        ${smallest.faults.length} of ${plan.faults.length} faults still break it (found in ${runs} runs):`,
  );
  write(strikes.join('\n'));
  write(`        npm run simulate -- --plan ${file} --print`);
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
