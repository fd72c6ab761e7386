import { IsInt, Max, Min } from 'class-validator';

/**
 * An integer of at least `min` that JSON.parse reads without rounding: at most 2^53 - 1 either way.
 * A larger one would reach the column as another number than the producer sent. `5.0` is an integer.
 */
export function IsSafeInteger({ min = Number.MIN_SAFE_INTEGER } = {}): PropertyDecorator {
  const atLeast = `an integer of at least ${min}`;
  const expected = min === Number.MIN_SAFE_INTEGER ? 'an integer' : atLeast;
  // The first rule that fails is the one reported, so the type comes first.
  const rules = [
    IsInt({ message: expected }),
    Min(min, { message: atLeast }),
    Max(Number.MAX_SAFE_INTEGER, { message: `an integer of at most ${Number.MAX_SAFE_INTEGER}` }),
  ];
  return (target, field) => {
    for (const rule of rules) rule(target, field);
  };
}
