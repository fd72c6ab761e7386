import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { COMPILE_CACHE, REPOSITORY_ROOT } from '#testing';
import { runOperator } from '#apps/operator';
import { BOOTSTRAP, type Scenario } from '../support/scenario.js';

export interface Answer {
  /** The exit code; null while the process runs, or if a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Run {
  answer: Answer;
  exited: Promise<number | null>;
}

/** The built operator's main module. */
export const OPERATOR = resolve(REPOSITORY_ROOT, 'dist/apps/operator/src/main.js');

/** Starts the operator in this process with only this environment. */
export function startOperator(
  env: Record<string, string>,
  ...args: string[]
): Run & { interrupt: () => void } {
  const answer: Answer = { code: null, stdout: '', stderr: '' };
  const signals = new EventEmitter();
  const stdout = collecting((text) => (answer.stdout += text));
  const stderr = collecting((text) => (answer.stderr += text));
  const exited = runOperator(args, { env, stdout, stderr, signals });
  return { answer, exited, interrupt: () => signals.emit('SIGINT') };
}

/** Runs a command in this process. */
export async function operator(env: Record<string, string>, ...args: string[]): Promise<Answer> {
  return ended(startOperator(env, ...args));
}

/** Starts the built operator as a separate process, which takes a second longer. */
export function spawnOperator(env: Record<string, string>, ...args: string[]): Run & { kill: () => void } {
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', OPERATOR, ...args], {
    env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const answer: Answer = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (answer.stderr += text));
  const { promise: exited, resolve: onClose, reject } = Promise.withResolvers<number | null>();
  child.once('close', onClose).once('error', reject);
  return { answer, exited, kill: () => child.kill('SIGKILL') };
}

/** Runs a command of the built operator. */
export async function builtOperator(env: Record<string, string>, ...args: string[]): Promise<Answer> {
  return ended(spawnOperator(env, ...args));
}

async function ended({ answer, exited }: Run): Promise<Answer> {
  answer.code = await exited;
  return answer;
}

function collecting(add: (text: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      add(chunk.toString());
      done();
    },
  });
}

/** The operator's environment for the file and topics of a scenario. */
export function environmentOf(scenario: Scenario): Record<string, string> {
  return {
    KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP,
    KAFKA_TOPIC_NAME: scenario.topic,
    KAFKA_GROUP_ID: scenario.group,
    WAREHOUSE: 'duckdb',
    DUCKDB_PATH: scenario.duckdbPath,
  };
}

/** Runs a command that must succeed, and parses the JSON that it prints. */
export async function answerOf<T>(env: Record<string, string>, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await operator(env, ...args, '--json');
  if (code !== 0)
    throw new Error(`operator ${args.join(' ')} ended with ${String(code)}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}
