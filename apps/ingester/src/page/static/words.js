const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const times = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const hours = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

export const count = (value) => numbers.format(value);

/** A rate; small ones have one decimal. */
export const rate = (value) => (value < 10 ? tenths : numbers).format(value);

export const percent = (share) => `${tenths.format(100 * share)}%`;

export const seconds = (value) => {
  if (value === 0) return '0 ms';
  if (value < 0.01) return `${(value * 1000).toFixed(2)} ms`;
  if (value < 1) return `${(value * 1000).toFixed(0)} ms`;
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
};

export const bytes = (value) => {
  if (value < 1e3) return `${value} B`;
  if (value < 1e6) return `${(value / 1e3).toFixed(0)} kB`;
  if (value < 1e9) return `${(value / 1e6).toFixed(value < 1e8 ? 1 : 0)} MB`;
  return `${(value / 1e9).toFixed(1)} GB`;
};

/** @param value seconds since 1970 */
export const clock = (value) => times.format(value * 1000);
export const hourAndMinute = (value) => hours.format(value * 1000);

/** `45 s`, `12 min`, `3 h 5 min`, `9 d 4 h` */
export const duration = (value) => {
  const [minutes, wholeHours, days] = [60, 3_600, 86_400].map((unit) => Math.floor(value / unit));
  if (minutes < 1) return `${Math.floor(value)} s`;
  if (wholeHours < 1) return `${minutes} min`;
  if (days < 1) return `${wholeHours} h ${minutes % 60} min`;
  return `${days} d ${wholeHours % 24} h`;
};
