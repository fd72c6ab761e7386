/** What ends a program and is no bug. The message is for people: what happened and what to do. */
export class PlainError extends Error {
  override name = 'PlainError';

  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}
