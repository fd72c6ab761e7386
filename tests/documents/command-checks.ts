import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { parseCommandLine } from '#apps/ingester';
import type { Command } from 'commander';
import { argumentFault } from './operator-tree.js';
import { simpleCommands } from './shell-commands.js';

/** What is wrong with the arguments of a command, or null. */
export type CommandCheck = (args: readonly string[]) => string | null;

/** A check for each program that documents use. An unknown program fails, so that a check is added. */
export function commandChecks(operator: Command): Record<string, CommandCheck> {
  const operatorArguments: CommandCheck = (args) => argumentFault(operator, args);
  const checks: Record<string, CommandCheck> = {
    npm: (args) => npmFault(args, operatorArguments),
    'node_modules/.bin/node': nodeFault,
    node: nodeFault,
    operator: operatorArguments,
    kubectl: (args) => kubectlFault(args, (words) => faultOf(checks, words)),
    docker: (args) => dockerFault(args, operatorArguments),
    kind: (args) => (args.join(' ').startsWith('load docker-image ') ? null : 'not known'),
    curl: curlFault,
    export: exportFault,
    'kafka-consumer-groups.sh': knownOptions('--bootstrap-server', '--describe', '--group'),
    'kafka-configs.sh': knownOptions(
      ...['--bootstrap-server', '--alter', '--entity-type', '--entity-name', '--add-config'],
    ),
    'kafka-topics.sh': knownOptions('--bootstrap-server', '--describe', '--topic'),
    'kafka-transactions.sh': knownOptions(
      ...[
        '--bootstrap-server',
        '--topic',
        '--partition',
        '--transactional-id',
        '--broker-id',
        '--start-offset',
      ],
    ),
    amtool: knownOptions('--alertmanager.url', '--duration', '--comment'),
    psql: knownOptions('--set', '--single-transaction', '--file', '--command'),
    openssl: knownOptions('-topk8', '-nocrypt', '-out', '-in', '-pubout', '-hex'),
    snow: knownOptions('--database', '--schema', '--filename'),
    '/app/entrypoint.sh': ([app = '', ...args]) =>
      app === 'operator' ? operatorArguments(args) : fileFault(`apps/${app}/src/main.ts`),
  };
  checks['alias'] = ([alias = '']) =>
    simpleCommands(alias.replace(/^\w+=/, ''))
      .map((words) => faultOf(checks, words))
      .find((fault) => fault !== null) ?? null;
  for (const name of SHELL_COMMANDS) checks[name] = () => null;
  return checks;
}

/** Standard shell commands, whose arguments are not checked. */
const SHELL_COMMANDS = 'cat cp grep head jq kill sh sleep source tail tr wait'.split(' ');

export function faultOf(checks: Record<string, CommandCheck>, words: readonly string[]): string | null {
  const [name = '', ...args] = words;
  const check = checks[name];
  const fault = check === undefined ? 'no check knows this command' : check(args);
  return fault === null ? null : `${words.join(' ')}: ${fault}`;
}

/** The apps behind the npm scripts, which know their options. */
const APPS: Record<string, string> = {
  start: 'dist/apps/local/src/main.js',
  archiver: 'dist/apps/archiver/src/main.js',
  aggregations: 'dist/apps/aggregations/src/main.js',
  producer: 'dist/apps/producer/src/main.js',
  bench: 'dist/bench/src/performance/main.js',
  'bench:aggregations': 'dist/bench/src/aggregations/main.js',
  chaos: 'dist/bench/src/chaos/main.js',
  simulate: 'dist/libs/simulation/src/main.js',
};

function npmFault(args: readonly string[], operatorArguments: CommandCheck): string | null {
  const words = args.filter((arg) => arg !== '-s');
  const [verb = '', named = ''] = words;
  if (verb === 'ci') return knownOptions('--omit')(words.slice(1));
  if (verb === 'sbom') return knownOptions('--omit', '--sbom-format', '--package-lock-only')(words.slice(1));
  const script = verb === 'run' ? named : verb;
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  if (scripts[script] === undefined) return `no script ${script}`;
  const rest = words.slice(words.indexOf('--') + 1 || words.length);
  if (script === 'operator') return operatorArguments(rest);
  if (script === 'verify:snowflake') return operatorArguments(['verify-snowflake', ...rest]);
  if (script === 'jest') return rest[0] === undefined ? null : fileFault(rest[0]);
  const app = APPS[script];
  return app === undefined ? null : knownOptions(...optionsOf(app))(rest);
}

const options = new Map<string, string[]>();

/** The options in the help text of an app. */
function optionsOf(app: string): string[] {
  const known = options.get(app);
  if (known !== undefined) return known;
  const { stdout } = spawnSync(process.execPath, [join(REPOSITORY_ROOT, app), '--help'], {
    encoding: 'utf8',
  });
  const found = stdout.match(/--[a-z-]+/g) ?? [];
  options.set(app, found);
  return found;
}

function nodeFault([first = '']: readonly string[]): string | null {
  return first === '-e' ? null : fileFault(first);
}

const KUBECTL = [
  '-n',
  '-k',
  '-o',
  '--from-file',
  '--since',
  '--previous',
  '--tail',
  '-30',
  '--replicas',
  '--dry-run',
];

function kubectlFault(args: readonly string[], inner: CommandCheck): string | null {
  const [own, command] = split(args, '--');
  const unknown = knownOptions(...KUBECTL)(own);
  if (unknown !== null) return unknown;
  const folder = valueOf(own, '-k');
  // The reader's copy of the overlay.
  const overlay = folder === 'overlays/mine' ? 'deploy/kubernetes/overlays/production' : folder;
  if (overlay !== null) return fileFault(`${overlay}/kustomization.yaml`);
  const manifests = globSync('deploy/kubernetes/**/*.{yaml,env}', { cwd: REPOSITORY_ROOT })
    .map(textOf)
    .join('\n');
  const objects = own.flatMap((word) => /^(?:deploy|deployment|service|job)\/(.+)$/.exec(word)?.[1] ?? []);
  const secret = own.includes('secret') && own.includes('generic') ? own[own.indexOf('generic') + 1] : null;
  const named = [valueOf(own, '-n'), secret, ...objects].flatMap((name) => name ?? []);
  const missing = named.filter((name) => !new RegExp(`[nN]ame(?:space)?: ${name}$`, 'm').test(manifests));
  if (missing.length > 0) return `not in deploy/kubernetes: ${missing.join(', ')}`;
  return command.length > 0 ? inner(command) : null;
}

const COMPOSE_OPTIONS = ['-f', '--build', '--volumes', '--rm', '--since', '--signal', '-s', '--scale'];

function dockerFault(args: readonly string[], operatorArguments: CommandCheck): string | null {
  const [verb = '', ...rest] = args;
  if (verb === 'build') return fileFault(valueOf(rest, '--file') ?? 'Dockerfile');
  if (verb === 'run') {
    const app = rest.indexOf('operator');
    if (app !== -1) return operatorArguments(rest.slice(app + 1));
    const ofIngester = rest.slice(rest.indexOf('ingester') + 1);
    if (ofIngester.join() === '--version') return null;
    const parsed = parseCommandLine(ofIngester);
    return parsed.kind === 'run' && parsed.arguments === 'check' ? null : 'not known';
  }
  if (verb !== 'compose') return 'not known';
  const app = rest.indexOf('operator');
  const own = app === -1 ? rest : rest.slice(0, app);
  const files = own.flatMap((word, index) => (word === '-f' ? (own[index + 1] ?? []) : []));
  const noFile = files.map(fileFault).find((fault) => fault !== null);
  if (noFile !== undefined) return noFile;
  const services = [...files, 'docker/compose.yaml'].map(textOf).join('\n');
  const named = own
    .slice(own.lastIndexOf('-f') + 3)
    .map((word) => word.split(':')[0] ?? '')
    .filter((word) => /^[a-z]+$/.test(word));
  const missing = named.filter((name) => !new RegExp(`^ {2}${name}:`, 'm').test(services));
  if (missing.length > 0) return `no service ${missing.join(', ')}`;
  return (
    knownOptions(...COMPOSE_OPTIONS)(own) ?? (app === -1 ? null : operatorArguments(rest.slice(app + 1)))
  );
}

/** The paths that the service serves; tests/promises/http-surface.spec.ts tests them. */
const PATHS = ['/', '/health', '/health/live', '/metrics', '/page/workbench/groups'];

function curlFault(args: readonly string[]): string | null {
  const url = args.find((arg) => arg.includes('localhost')) ?? '';
  const path = url.replace(/^(https?:\/\/)?localhost:\d+/, '');
  return PATHS.includes(path) ? knownOptions('-s', '-sf', '-H')(args) : `no path ${path}`;
}

function exportFault(args: readonly string[]): string | null {
  const known = textOf('docs/configuration.md');
  const unknown = args.map((arg) => arg.split('=')[0] ?? '').filter((name) => !known.includes(`\`${name}\``));
  return unknown.length > 0 ? `no setting ${unknown.join(', ')}` : null;
}

/** Rejects every other option: look a new one up first, then add it here. */
function knownOptions(...known: readonly string[]): CommandCheck {
  return (args) => {
    const unknown = args
      .filter((arg) => arg.startsWith('-') && arg !== '--')
      .map((arg) => arg.split('=')[0] ?? '')
      .filter((option) => !known.includes(option));
    return unknown.length > 0 ? `no option ${unknown.join(', ')}` : null;
  };
}

function valueOf(args: readonly string[], option: string): string | null {
  return args.includes(option) ? (args[args.indexOf(option) + 1] ?? null) : null;
}

function split(args: readonly string[], at: string): [string[], string[]] {
  const index = args.indexOf(at);
  return index === -1 ? [[...args], []] : [args.slice(0, index), args.slice(index + 1)];
}

function fileFault(path: string): string | null {
  return existsSync(join(REPOSITORY_ROOT, path)) ? null : `no file ${path}`;
}

function textOf(path: string): string {
  return readFileSync(join(REPOSITORY_ROOT, path), 'utf8');
}
