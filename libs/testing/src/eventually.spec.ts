import { eventually } from './eventually.js';

describe('eventually', () => {
  it('answers the first truthy value, after noes and throws', async () => {
    const answers = [
      () => false,
      () => {
        throw new Error('not yet');
      },
      () => 'yes',
    ];
    expect(await eventually(() => answers.shift()?.())).toBe('yes');
  });

  it('says what was waited for and why it did not come', async () => {
    const never = eventually(
      () => {
        throw new Error('still closed');
      },
      { timeoutMs: 5, describe: 'the door opens' },
    );
    await expect(never).rejects.toThrow('not within 5 ms: the door opens (last: Error: still closed)');
  });
});
