/** A part of a list, and the index of its first item. */
export interface Slice<T> {
  first: number;
  items: T[];
}

/** Cuts a list into parts of about `limit` in size, each with at least one item. */
export function* slices<T>(
  list: readonly T[],
  limit: number,
  sizeOf: (item: T) => number,
): Generator<Slice<T>> {
  let slice: Slice<T> = { first: 0, items: [] };
  let size = 0;
  for (const item of list) {
    if (size >= limit) {
      yield slice;
      slice = { first: slice.first + slice.items.length, items: [] };
      size = 0;
    }
    slice.items.push(item);
    size += sizeOf(item);
  }
  if (slice.items.length > 0) yield slice;
}
