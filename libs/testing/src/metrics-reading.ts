/** One scrape of /metrics. */
export class MetricsReading {
  readonly #samples: Sample[];

  /** @param text in the Prometheus text format */
  constructor(text: string) {
    this.#samples = text.split('\n').flatMap((line) => readSample(line) ?? []);
  }

  /** The sum of a metric's series with these labels; 0 if there are none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#series(name)
      .filter((sample) =>
        Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value),
      )
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** The sums by the values of one label. */
  by(name: string, label: string): Map<string, number> {
    const sums = new Map<string, number>();
    for (const { labels, value } of this.#series(name)) {
      const key = labels.get(label) ?? '';
      sums.set(key, (sums.get(key) ?? 0) + value);
    }
    return sums;
  }

  #series(name: string): Sample[] {
    return this.#samples.filter((sample) => sample.name === name);
  }
}

interface Sample {
  name: string;
  labels: Map<string, string>;
  value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

function readSample(line: string): Sample | null {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) return null;
  return {
    name,
    labels: new Map([...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, unescaped(text)])),
    value: Number(value),
  };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
