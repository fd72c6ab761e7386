import { spawn } from 'node:child_process';
import { ADAPTER_MUTANTS } from './adapters.mutants.js';
import type { Mutant } from './mutant.js';
import { MutatedBuild } from './mutated-build.js';
import { MutatedSources } from './mutated-sources.js';
import { PIPELINE_MUTANTS } from './pipeline.mutants.js';
import { STREAMING_MUTANTS } from './streaming.mutants.js';
import { WAREHOUSE_MUTANTS } from './warehouse.mutants.js';

export const MUTANTS: readonly Mutant[] = [
  ...PIPELINE_MUTANTS,
  ...ADAPTER_MUTANTS,
  ...WAREHOUSE_MUTANTS,
  ...STREAMING_MUTANTS,
];

export interface MutantOptions {
  /** The seed of the first world, and the maximum number of worlds. */
  firstSeed: number;
  seeds: number;
  minutes: number;
  /** Names; empty for all. */
  only: readonly string[];
  write: (line: string) => void;
}

/** The number of cores of a small machine. */
const AT_ONCE = 2;
/** Worlds that recreate the topic are short, and need the right moment. */
const MADE_ANEW_SEEDS = 4;
/** A world without output for this long, in real time, hangs. */
const HANGS_AFTER_MS = 300_000;

/** Returns the names of the mutants that no world found. */
export async function runMutants(options: MutantOptions): Promise<string[]> {
  const { only, write } = options;
  const chosen = MUTANTS.filter(({ name }) => only.length === 0 || only.includes(name));
  for (const { name, redundant } of chosen)
    if (redundant !== undefined) write(`${name}: redundant, ${redundant}`);
  const waiting = chosen.filter(({ redundant }) => redundant === undefined);
  const surviving: string[] = [];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const build = await MutatedBuild.make();
      const sources = await MutatedSources.make();
      try {
        for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
          const inSpecs = mutant.specs !== undefined;
          const found = inSpecs ? await sources.firstFailure(mutant) : await findIn(build, mutant, options);
          if (found === null) surviving.push(mutant.name);
          write(
            `${mutant.name}: ${found ?? `LIVES in ${inSpecs ? 'its specs' : `${options.seeds} worlds`}`}`,
          );
        }
      } finally {
        await build.remove();
        await sources.remove();
      }
    }),
  );
  return surviving;
}

/** The report of the first broken world; null if none breaks. */
async function findIn(build: MutatedBuild, mutant: Mutant, options: MutantOptions): Promise<string | null> {
  const putBack = await build.apply(mutant);
  try {
    return await firstBroken(build, mutant, options);
  } finally {
    await putBack();
  }
}

/** Each world writes a line, so a long silence means that one hangs. */
function firstBroken(
  { main, folder }: MutatedBuild,
  { isOfMadeAnew = false, isOfStreaming = false }: Mutant,
  { firstSeed, seeds, minutes }: MutantOptions,
): Promise<string | null> {
  const args = [
    '--seed',
    firstSeed,
    '--seeds',
    isOfMadeAnew ? seeds * MADE_ANEW_SEEDS : seeds,
    '--minutes',
    minutes,
    '--first',
    '--no-shrink',
    '--tolerate',
    'open',
    ...(isOfMadeAnew ? ['--made-anew'] : []),
    ...(isOfStreaming ? ['--warehouse', 'streaming'] : []),
  ];
  const child = spawn(process.execPath, [main, ...args.map(String)], { cwd: folder });
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  let output = '';
  let isHung = false;
  const hang = () => {
    isHung = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(hang, HANGS_AFTER_MS);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      clearTimeout(timer);
      timer = setTimeout(hang, HANGS_AFTER_MS);
    });
  }
  child.on('error', reject);
  child.on('close', (code) => {
    clearTimeout(timer);
    const broken = /^seed .*BROKEN.*$/m.exec(output)?.[0];
    if (code === 0) resolve(null);
    else resolve(isHung ? 'the process hangs' : (broken ?? `the process ends: ${output.slice(-300)}`));
  });
  return promise;
}
