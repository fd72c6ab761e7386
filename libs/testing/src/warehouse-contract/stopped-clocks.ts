import { jest } from '@jest/globals';

/**
 * Stops the clocks that the code reads, until `jest.restoreAllMocks()`. Timers still fire. The adapter rereads its
 * checkpoints after a batch that was slow by these clocks.
 */
export function stopClocks(): void {
  const [wall, monotonic] = [Date.now(), performance.now()];
  jest.spyOn(Date, 'now').mockReturnValue(wall);
  jest.spyOn(performance, 'now').mockReturnValue(monotonic);
}
