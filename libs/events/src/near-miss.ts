import { DTO_CLASSES, type DtoClass } from './event-types.js';

/** The type of a contract. */
export type ContractType = DtoClass['eventType'];

/** A wrong letter, or two letters in the wrong order, are one change. */
const MOST_CHANGES = 2;
/** In a short name, two changes make another word. */
const LONG_NAME = 8;

/** Types come from producers: however many there are, memory holds this many. */
const MOST_REMEMBERED = 1_000;

const NORMAL: readonly { eventType: ContractType; normal: string }[] = DTO_CLASSES.map(({ eventType }) => ({
  eventType,
  normal: normalised(eventType),
}));

/** Finds the contract whose type an unknown one probably means: another spelling, or a typing error. */
export class NearMisses {
  readonly #known = new Map<string, ContractType | null>();

  /** Returns null if the name resembles no type. Cheap for names that occurred before. */
  of(named: string): ContractType | null {
    const known = this.#known.get(named);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
    const found = nearestType(named);
    this.#known.set(named, found);
    return found;
  }
}

function nearestType(named: string): ContractType | null {
  const name = normalised(named);
  const near = NORMAL.find(({ normal }) => {
    const most = Math.min(name.length, normal.length) < LONG_NAME ? 1 : MOST_CHANGES;
    return Math.abs(name.length - normal.length) <= most && changes(name, normal) <= most;
  });
  return near?.eventType ?? null;
}

/** Case and punctuation do not count: `order-created` is ORDER_CREATED. */
function normalised(name: string): string {
  return name.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** The optimal string alignment distance. Names have at most 50 characters. */
function changes(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(isSwapped ? Math.min(least, (before[column - 2] ?? 0) + 1) : least);
    }
    before = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
