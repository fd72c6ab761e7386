import { rootCause } from './job-rest.js';

describe('rootCause', () => {
  it('is the last cause of a stack trace', () => {
    const stack =
      'java.lang.A: a\n\tat x\nCaused by: java.lang.B: b\n\tat y\nCaused by: java.lang.C: c\n\t... 4 more';
    expect(rootCause(stack)).toBe('java.lang.C: c');
  });

  it('is the exception itself if it has no cause', () => {
    expect(rootCause('java.lang.A: a\n\tat x')).toBe('java.lang.A: a');
  });
});
