import { jest } from '@jest/globals';
import { GroupMembership } from './group-membership.js';

describe('GroupMembership', () => {
  let now: number;
  let membership: GroupMembership;
  beforeEach(() => {
    now = 10_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    membership = new GroupMembership(45_000);
    membership.joined();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('suspects a recreated topic if a fetch failed, or if more than a second passed between fetches', () => {
    expect(membership.fetchStarted(1)).toBe(false);
    expect(membership.fetchStarted(1)).toBe(true);
    membership.fetched(1);
    now += 1_000;
    expect(membership.fetchStarted(2)).toBe(false);
    expect(membership.fetchStarted(1)).toBe(false);
    membership.fetched(1);
    now += 1_001;
    expect(membership.fetchStarted(1)).toBe(true);
  });

  it('suspects none at the first fetch of a generation, which begins at the checkpoint', () => {
    membership.fetchStarted(1);
    membership.fetched(1);
    now += 60_000;
    membership.joined();
    expect(membership.fetchStarted(1)).toBe(false);
  });
});
