import { commandChecks, faultOf, type CommandCheck } from './command-checks.js';
import { documents } from './markdown.js';
import { operatorTree } from './operator-tree.js';
import { shellCommands, simpleCommands } from './shell-commands.js';

let checks: Record<string, CommandCheck>;
beforeAll(async () => {
  checks = commandChecks(await operatorTree());
});

describe.each(documents().map((page) => [page.path, page] as const))('%s', (_path, page) => {
  it('uses only existing commands, with options that they have', () => {
    const faults = shellCommands(page).map((words) => faultOf(checks, words));
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
  });
});

describe('the check of commands', () => {
  it.each([
    'npm run operater -- verify',
    'npm run operator -- dead-letter list',
    'npm run operator -- dead-letters list --by reason',
    'npm run operator -- dead-letters list --tpye json_decode',
    'npm run operator -- dead-letters show',
    'npm run producer -- --speed 5',
    'docker compose -f docker/compose.yml up',
    'docker compose -f docker/compose.yaml stop ingestor',
    'kubectl apply -k deploy/kubernetes/overlays/staging',
    'kubectl -n sales logs deploy/ingester',
    'curl -s localhost:8000/healthz',
    'unheard-of --help',
  ])('finds fault with: %s', (script) => {
    expect(simpleCommands(script).map((words) => faultOf(checks, words))).toEqual([expect.any(String)]);
  });

  it('splits scripts into commands', () => {
    const script = `A=b until curl -s "x y" > /dev/null; do sleep 1; done # why\nsource <(operator \\\n  completion 'ba'sh) && a#b`;
    expect(simpleCommands(script)).toEqual([
      ['curl', '-s', 'x y', '/dev/null'],
      ['sleep', '1'],
      ['source'],
      ['operator', 'completion', 'bash'],
      ['a#b'],
    ]);
  });
});
