import { Mutex } from './mutex.js';

describe('Mutex', () => {
  it('runs one task at a time, in the order of the calls', async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const first = mutex.run(async () => {
      log.push('first begins');
      await gate.promise;
      log.push('first ends');
    });
    const second = mutex.run(async () => log.push('second'));
    gate.resolve(undefined);
    await Promise.all([first, second]);
    expect(log).toEqual(['first begins', 'first ends', 'second']);
  });

  it('continues after a task that fails, and passes its error to its caller only', async () => {
    const mutex = new Mutex();
    const failing = mutex.run(() => Promise.reject(new Error('refused')));
    const next = mutex.run(async () => 'done');
    await expect(failing).rejects.toThrow('refused');
    expect(await next).toBe('done');
  });
});
