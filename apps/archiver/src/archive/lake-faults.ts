import type { Fault } from '#pipeline';

const NEW_TOPIC =
  'The partition is not archived. Objects never change, so if the new topic is intended, give it a lake and a group of ' +
  'its own: another folder or prefix in LAKE_LOCATION, and another LAKE_GROUP_ID. Otherwise restore the topic';

const MISSING_OBJECTS =
  'The partition is not archived. Restore the objects, or set LAKE_LOCATION to the lake that has them, and restart. Or ' +
  'archive what Kafka still has: LAKE_MISSING_OBJECTS=from-start';

const UNREADABLE =
  'The partition is not archived from there on. Restart the archiver to read them again; if that does not help, restore ' +
  'the partition from another replica or a backup';

/** What to do in the words of the lake, by the pipeline's fault codes. */
const REMEDIES = new Map([
  ['OTHER_TOPIC', NEW_TOPIC],
  ['TOPIC_LOST_PAST', NEW_TOPIC],
  ['NO_CHECKPOINT', MISSING_OBJECTS],
  ['OTHER_WAREHOUSE', MISSING_OBJECTS],
  ['WAREHOUSE_SET_BACK', MISSING_OBJECTS],
  ['OTHER_COMMITTER', MISSING_OBJECTS],
  ['RECORD_BATCH_CORRUPT', UNREADABLE],
  ['RECORD_BATCH_TOO_LARGE', UNREADABLE],
]);

/** The pipeline calls what it writes to a warehouse, and advises on that. */
export function inWordsOfTheLake(fault: Fault): Fault {
  const remedy = REMEDIES.get(fault.code);
  if (remedy === undefined) return fault;
  const message = fault.message
    .replaceAll('the warehouse', 'the lake')
    .replaceAll('this warehouse', 'this lake')
    .replaceAll('another warehouse', 'another lake')
    .replaceAll('the checkpoint', 'the end of the last object')
    .replaceAll('no checkpoint', 'no object of this partition');
  return { ...fault, message, remedy };
}
