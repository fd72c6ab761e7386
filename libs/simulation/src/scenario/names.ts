export const TOPIC = 'sales_events';
export const DEAD_LETTER_TOPIC = 'sales_events_dlq';
export const GROUP = 'ingesters';
