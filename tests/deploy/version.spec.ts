import { outputOf } from './tools.js';
import { REPOSITORY_ROOT } from '#testing';

it('version and licence are the same everywhere', () => {
  const script = `
    import { disagreements } from './tools/release/agreement.mjs';
    console.log(disagreements('.').join('\\n'));`;
  const args = ['--input-type=module', '--eval', script];
  expect(outputOf(process.execPath, args, { cwd: REPOSITORY_ROOT })).toBe('\n');
});
