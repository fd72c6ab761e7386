import { IsInt, Max, Min } from 'class-validator';

/**
 * Requires an integer of at least `min` whose absolute value is at most 2^53 - 1: JSON.parse would round a larger one,
 * and the column would contain another number than the producer sent. `5.0` is an integer.
 */
export function IsSafeInteger({ min = Number.MIN_SAFE_INTEGER } = {}): PropertyDecorator {
  const atLeast = `an integer of at least ${min}`;
  const expected = min === Number.MIN_SAFE_INTEGER ? 'an integer' : atLeast;
  // The type comes first, because only the first broken rule is reported.
  const rules = [
    IsInt({ message: expected }),
    Min(min, { message: atLeast }),
    Max(Number.MAX_SAFE_INTEGER, { message: `an integer of at most ${Number.MAX_SAFE_INTEGER}` }),
  ];
  return (target, field) => {
    for (const rule of rules) rule(target, field);
  };
}
