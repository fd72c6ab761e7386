import { eventually } from './eventually.js';

describe('eventually', () => {
  it('returns the first truthy value, after falsy values and exceptions', async () => {
    const answers = [
      () => false,
      () => {
        throw new Error('not yet');
      },
      () => 'yes',
    ];
    expect(await eventually(() => answers.shift()?.())).toBe('yes');
  });

  it('says what it waited for and what came last', async () => {
    const never = eventually(
      () => {
        throw new Error('still closed');
      },
      { timeoutMs: 5, describe: 'the door opens' },
    );
    await expect(never).rejects.toThrow('not within 5 ms: the door opens (last: Error: still closed)');
  });
});
