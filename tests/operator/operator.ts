import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { COMPILE_CACHE, REPOSITORY_ROOT } from '#testing';
import { BOOTSTRAP, type Scenario } from '../support/scenario.js';

export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built operator as a child process. */
export interface RunningOperator {
  answer: Answer;
  /** The exit code; null where a signal ended it. */
  exited: Promise<number | null>;
  kill(signal?: NodeJS.Signals): void;
}

/** What runs the built operator. */
export const OPERATOR = resolve(REPOSITORY_ROOT, 'dist/apps/operator/src/main.js');

/** Starts the built operator with nothing but this environment. */
export function startOperator(env: Record<string, string>, ...args: string[]): RunningOperator {
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', OPERATOR, ...args], {
    env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const answer: Answer = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (answer.stderr += text));
  const { promise: exited, resolve: ended, reject } = Promise.withResolvers<number | null>();
  child.once('close', ended).once('error', reject);
  return { answer, exited, kill: (signal = 'SIGKILL') => child.kill(signal) };
}

/** Runs the built operator to its end. */
export async function operator(env: Record<string, string>, ...args: string[]): Promise<Answer> {
  const { answer, exited } = startOperator(env, ...args);
  answer.code = await exited;
  return answer;
}

/** What the operator is given to work on a scenario's file and topics. */
export function environmentOf(scenario: Scenario): Record<string, string> {
  return {
    KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP,
    KAFKA_TOPIC_NAME: scenario.topic,
    KAFKA_GROUP_ID: scenario.group,
    WAREHOUSE: 'duckdb',
    DUCKDB_PATH: scenario.duckdbPath,
  };
}

/** Runs a command that has to succeed, and reads its answer. */
export async function answerOf<T>(env: Record<string, string>, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await operator(env, ...args, '--json');
  if (code !== 0) throw new Error(`operator ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
