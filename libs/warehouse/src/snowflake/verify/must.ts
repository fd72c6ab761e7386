/** The claim does not hold; the message says what was seen instead. */
export class Broken extends Error {
  override name = 'Broken';
}

/** The claim cannot be tried with these rights; the message says why. */
export class NotTried extends Error {
  override name = 'NotTried';
}

/** @throws Broken with what was seen, unless the claim holds */
export function must(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new Broken(seen);
}
