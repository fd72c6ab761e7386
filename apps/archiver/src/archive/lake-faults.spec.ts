import { inWordsOfTheLake } from './lake-faults.js';

describe('inWordsOfTheLake', () => {
  it('says what to do about the lake instead of a warehouse', () => {
    const fault = {
      class: 'setup' as const,
      code: 'NO_CHECKPOINT',
      message:
        't-0: the warehouse (/lake) has no checkpoint, but this service has settled offsets 0 to 9 in this warehouse',
      remedy: 'Restore the warehouse',
    };
    const { message, remedy } = inWordsOfTheLake(fault);
    expect(message).toBe(
      't-0: the lake (/lake) has no object of this partition, but this service has settled offsets 0 to 9 in this lake',
    );
    expect(remedy).toContain('LAKE_MISSING_OBJECTS=from-start');
  });

  it('leaves other faults as they are', () => {
    const fault = { class: 'transient' as const, code: '503', message: 'the warehouse', remedy: null };
    expect(inWordsOfTheLake(fault)).toBe(fault);
  });
});
