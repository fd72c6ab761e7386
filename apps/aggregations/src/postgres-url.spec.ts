import { findPostgres } from './postgres-url.js';

const found = (url: string) => findPostgres({ POSTGRES_URL: url });

describe('POSTGRES_URL', () => {
  it('may be missing', () => {
    expect(findPostgres({})).toBeNull();
    expect(found('')).toBeNull();
  });

  it.each([
    ['postgresql://flink@db:5433/sales', 'jdbc:postgresql://db:5433/sales?user=flink'],
    ['postgres://f%20k@db/sales?sslmode=require', 'jdbc:postgresql://db:5432/sales?sslmode=require&user=f+k'],
    ['postgresql://flink@[::1]/sales', 'jdbc:postgresql://[::1]:5432/sales?user=flink'],
  ])('becomes the URL of the connector: %s', (url, jdbcUrl) => {
    expect(found(url)?.jdbcUrl).toBe(jdbcUrl);
  });

  it.each(['sales', 'mysql://flink@db/sales', 'postgresql://db/sales', 'postgresql://flink@db/'])(
    'is refused if it is %s',
    (url) => {
      expect(() => found(url)).toThrow('postgresql://USER@HOST:PORT/DATABASE');
    },
  );

  it.each(['postgresql://flink:cork@db/sales', 'postgresql://flink@db/sales?password=cork'])(
    'is refused with a password, without showing it: %s',
    (url) => {
      expect(() => found(url)).toThrow(/^(?!.*cork).*PGPASSFILE/s);
    },
  );
});
