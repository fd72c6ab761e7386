import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator } from '../operator/operator.js';
import { blocks, document, documents, generatedPart, localLinks, table, withoutPadding } from './markdown.js';
import { argumentFault, helpOf, leaves, operatorTree } from './operator-tree.js';
import { simpleCommands } from './shell-commands.js';

const INDEX = document('docs/operator.md');
/** One page per task, in the order of the index. */
const PAGES = localLinks(INDEX)
  .map(({ target }) => target)
  .filter((target, position, all) => target.startsWith('docs/operator/') && all.indexOf(target) === position)
  .map(document);
/** An id in the pages, which is replaced by an existing one. */
const EXAMPLE_ID = 'sales_events-3@1042';

describe('docs/operator', () => {
  let folder: string;
  let scenario: Scenario;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'operator-page-'));
    scenario = await Scenario.create('operator_page');
    await scenario.produce([
      { value: '{"event_type": "ORDER_CREATED", "customer_id": "five"}', key: 'a' },
      { value: '{"event_type":', key: 'a' },
    ]);
    const ingester = await scenario.startIngester();
    await scenario.untilSettled(ingester);
    expect(await ingester.stop()).toBe(0);
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await rm(folder, { recursive: true });
  });

  it('has every page in the index', () => {
    const pages = documents().filter(({ path }) => path.startsWith('docs/operator/'));
    expect(PAGES.map(({ path }) => path).sort()).toEqual(pages.map(({ path }) => path));
  });

  it('has commands that work in this order', async () => {
    const env = environmentOf(scenario);
    const commands = PAGES.flatMap((page) => blocks(page, 'sh'))
      .join('')
      .replaceAll(EXAMPLE_ID, `${scenario.topic}-0@0`)
      .replaceAll('dead-letters.ndjson', join(folder, 'dead-letters.ndjson'));
    let output = '';
    for (const [program, ...args] of simpleCommands(commands)) {
      if (program !== 'operator') continue;
      const { code, stdout, stderr } = await operator(env, ...args);
      expect({ args, code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
      output += stdout;
    }

    expect(output).toMatch(/^2 dead letters: 2 open/m);
    expect(output).toMatch(/^1 sent$/m);
    expect(output).toMatch(/^1 resolved$/m);
    const { counts } = await answerOf<{ counts: object }>(env, 'dead-letters', 'list');
    expect(counts).toMatchObject({ open: 0, redriven: 1, resolved: 1 });
  });

  it('lists every command and option of the program', async () => {
    const commands = leaves(await operatorTree());
    const choosing = commands.filter(({ command }) => flagsOf(command).includes('--event-type <type>'));
    const isShared = ({ flags }: { flags: string }) =>
      choosing.every(({ command }) => flagsOf(command).includes(flags));
    const shared = choosing[0]?.command.options.filter(isShared) ?? [];
    const parts = commands.map(({ path, command }) => {
      const isChoosing = choosing.some((each) => each.command === command);
      const own = command.options.filter((option) => !isChoosing || !isShared(option));
      const more = isChoosing ? ' (plus the filter options below)' : '';
      return `**\`${path} ${command.usage()}\`** ${command.description()}${more}\n\n${optionTable(own)}`;
    });
    parts.push(`**Filter options**; a dead letter must match all of them\n\n${optionTable(shared)}`);
    expect(withoutPadding(generatedPart(document('docs/operator/commands.md'), 'options'))).toBe(
      withoutPadding(parts.map((part) => part.trim()).join('\n\n')),
    );
  });
});

function flagsOf({ options }: Command): string[] {
  return options.map(({ flags }) => flags);
}

function optionTable(options: readonly { flags: string; description: string }[]): string {
  if (options.length === 0) return '';
  const rows = options.map(({ flags, description }) => [`\`${flags}\``, description]);
  return table([['option', 'what it does'], ...rows]);
}

describe('the examples in help', () => {
  it('exist for every command, and are valid command lines of it', async () => {
    const program = await operatorTree();
    for (const { path, command } of leaves(program)) {
      const examples = simpleCommands(/^Examples:\n([^]*?)\n\n/m.exec(helpOf(command))?.[1] ?? '').filter(
        ([name]) => name === 'operator',
      );
      expect(examples.length).toBeGreaterThan(0);
      for (const [, ...args] of examples) {
        expect(args.join(' ')).toContain(path);
        expect(argumentFault(program, args)).toBeNull();
      }
    }
  });
});
