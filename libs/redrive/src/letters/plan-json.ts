import { coordinatesText } from '#pipeline';
import { keptBytes, type Candidate, type Plan } from '../redrive-plan.js';
import { valueChanges } from '../values/value-changes.js';

/** What a dry run would do with a letter, as JSON. */
export function planJson({ letter }: Candidate, plan: Plan) {
  return {
    id: coordinatesText(letter),
    ...(plan.kind === 'send' ? { outcome: 'send' } : { outcome: 'left-out', why: plan.why }),
    changes: plan.value === null ? [] : valueChanges(keptBytes(letter.value), plan.value),
    rejection: plan.rejection,
  };
}
