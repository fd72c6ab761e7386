import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { builtOperator, operator } from './operator.js';

/** Completes the words up to the cursor, the last of which may be empty, and prints the candidates. */
const COMPLETE = {
  bash: `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _operator; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { :; }; _files() { :; }; compadd() { shift; print -l -- \${(M)@:#$words[CURRENT]*}; }
    source "$1"; shift; words=("$@"); CURRENT=$#; _operator`,
  fish: `source $argv[1]; complete -C "$argv[2..]" | string split --fields 1 \\t`,
} as const;

describe.each(['bash', 'zsh', 'fish'] as const)('completion in %s', (shell) => {
  const isThere = spawnSync(shell, ['-c', 'true']).status === 0;
  let folder: string;
  let script: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'completion-'));
    script = join(folder, 'script');
    const { code, stdout, stderr } = await operator({}, 'completion', shell);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await writeFile(script, stdout);
  });
  afterAll(() => rm(folder, { recursive: true }));

  function candidates(...words: string[]): string[] {
    const args = ['-c', COMPLETE[shell], ...(shell === 'fish' ? [] : [shell]), script, 'operator', ...words];
    const { status, stdout, stderr } = spawnSync(shell, args, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.split('\n').filter((word) => word !== '');
  }

  // Every build machine has bash; the other shells are tested if they are installed.
  (isThere || shell === 'bash' ? it : it.skip)('finds commands, options and values', () => {
    expect(candidates('dead-letters', 're')).toEqual(['redrive', 'resolve']);
    expect(candidates('verif').sort()).toEqual(['verify', 'verify-snowflake']);
    expect(candidates('dead-letters', 'redrive', '--type', 'json_decode', '--fi')).toEqual(['--field']);
    expect(candidates('dead-letters', 'list', '--type', 'too')).toEqual(['too_large']);
    expect(candidates('checkpoints', 'set', '--y')).toEqual(['--yes']);
  });
});

it('--version prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(REPOSITORY_ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await builtOperator({}, '--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const producer = spawnSync(
    process.execPath,
    [join(REPOSITORY_ROOT, 'dist/apps/producer/src/main.js'), '--version'],
    {
      encoding: 'utf8',
    },
  );
  expect(producer).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

describe('help', () => {
  it('shows examples and the exit codes', async () => {
    const { stdout } = await operator({}, 'dead-letters', 'redrive', '--help');
    expect(stdout).toMatch(/^Examples:\n {2}operator dead-letters redrive --field/m);
    expect(stdout).toContain('Exit codes: 0 success; 1 failure; 2 invalid command line');
  });

  it('also appears without --help', async () => {
    const { code, stdout } = await operator({}, 'dead-letters', 'help', 'redrive');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('--dry-run') });
    expect(await operator({})).toMatchObject({ code: 2, stderr: expect.stringContaining('Commands:') });
    expect(await operator({}, 'checkpoints')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Commands:'),
    });
  });
});

describe('a mistyped word', () => {
  it.each([
    [['dead-leters'], 'dead-letters'],
    [['dead-letters', 'redriv'], 'redrive'],
    [['verify', '--jsn'], '--json'],
  ])('%j gets a suggestion', async (args, meant) => {
    expect(await operator({}, ...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`Did you mean ${meant}?`),
    });
  });

  it('gets the list of known shells', async () => {
    expect(await operator({}, 'completion', 'ksh')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('expected one of bash, zsh, fish'),
    });
  });
});
