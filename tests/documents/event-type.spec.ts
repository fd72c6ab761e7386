import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { blocks, document } from './markdown.js';
import { runScript } from './script.js';

const COPIED = ['apps', 'libs', 'tools', 'package.json', 'tsconfig.json', '.swcrc', 'nest-cli.json'];

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
       node_modules/.bin/tsc --noEmit --project .
       node_modules/.bin/nest build
       node tools/write-schemas.mjs
       node dist/apps/ingester/src/main.js --help
       node validate.mjs '${JSON.stringify(EVENT)}' '${JSON.stringify({ ...EVENT, reason: 'DRUNK' })}'`,
      { PATH: `${join(REPOSITORY_ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
    );

    expect(output).toContain('accept BOTTLE_RETURNED');
    expect(output).toContain('reject invalid_schema');
    expect(
      JSON.parse(await readFile(join(root, 'config/schemas/bottle_returned.schema.json'), 'utf8')),
    ).toMatchObject({
      required: expect.arrayContaining(['return_id', 'product_id', 'reason']),
    });
  });
});
