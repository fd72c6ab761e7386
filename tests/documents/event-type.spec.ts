import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { environmentOf } from '../operator/operator.js';
import { PUBLISHED } from '../support/contract-files.js';
import { Scenario } from '../support/scenario.js';
import { blocks, document } from './markdown.js';
import { runScript } from './script.js';

const COPIED = ['apps', 'libs', 'tools', 'package.json', 'tsconfig.json', '.swcrc', 'nest-cli.json'];

const TYPES = '.local/lint-cache';
const PATH = `${join(REPOSITORY_ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
const EVENT = {
  event_type: 'BOTTLE_RETURNED',
  return_id: '0b3e1f7c-6a54-4d0e-9b54-2f1a7c1f8a55',
  product_id: 1001,
  reason: 'CORKED',
};

describe('README.md, "Adding an event type"', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'event-type-'));
    for (const path of COPIED) await cp(join(REPOSITORY_ROOT, path), join(root, path), { recursive: true });
    // What the compiler knows of the unchanged files, if it has compiled them.
    await cp(join(REPOSITORY_ROOT, TYPES), join(root, TYPES), { recursive: true }).catch(() => undefined);
    await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(root, 'node_modules'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it('compiles, starts and validates as written', async () => {
    const [file = '', line = ''] = blocks(document('README.md'), 'ts');
    await writeFile(join(root, 'libs/events/src/bottle-returned.event.ts'), file);
    const types = join(root, 'libs/events/src/event-types.ts');
    const [importLine = '', list = ''] = line.split('\n\n');
    const extended = (await readFile(types, 'utf8')).replace(/export const DTO_CLASSES = .*\n/, list);
    await writeFile(types, `${importLine}\n${extended}`);
    await writeFile(
      join(root, 'validate.mjs'),
      `import 'reflect-metadata';
       import { EventValidator } from '#events';
       const validator = new EventValidator({ maxBytes: 1000 });
       for (const text of process.argv.slice(2)) {
         const { kind, type, label } = validator.validate(Buffer.from(text));
         console.log(kind, type ?? label);
       }`,
    );

    const output = await runScript(
      `cd ${root}
       npm run -s types
       node_modules/.bin/nest build
       node tools/write-schemas.mjs
       node dist/apps/ingester/src/main.js --help
       node validate.mjs '${JSON.stringify(EVENT)}' '${JSON.stringify({ ...EVENT, reason: 'DRUNK' })}'`,
      { PATH },
    );

    expect(output).toContain('accept BOTTLE_RETURNED');
    expect(output).toContain('reject invalid_schema');
    expect(
      JSON.parse(await readFile(join(root, 'config/schemas/bottle_returned.schema.json'), 'utf8')),
    ).toMatchObject({
      required: expect.arrayContaining(['return_id', 'product_id', 'reason']),
    });
  });

  it('is checked against real records before it is deployed, as the README says', async () => {
    const scenario = await Scenario.create('bottles');
    const send = (event: object) => scenario.produce([{ value: JSON.stringify(event) }]);
    await send(EVENT);
    await send({ ...EVENT, reason: 'DRUNK', source_service: 'counter' });
    await send({ event_type: 'CELLAR_VISITED' });

    const output = await runScript(
      `cd ${root}
       npm run -s operator -- contracts check --against ${PUBLISHED} --json >report.json || echo "exit code $?"`,
      { PATH, ...environmentOf(scenario), WAREHOUSE: 'neither' },
    );
    await scenario.cleanUp();

    expect(output.trim()).toBe('exit code 1');
    expect(JSON.parse(await readFile(join(root, 'report.json'), 'utf8'))).toMatchObject({
      records: 3,
      unchanged: { stored: 1 },
      drifted: { count: 1 },
      rescued: { count: 0 },
      newlyDead: {
        count: 1,
        groups: [
          {
            eventType: 'BOTTLE_RETURNED',
            field: 'reason',
            expected: 'one of CORKED, BROKEN, UNWANTED',
            producer: 'counter',
            examples: [`${scenario.topic}-0@1`],
          },
        ],
      },
    });
  });
});
