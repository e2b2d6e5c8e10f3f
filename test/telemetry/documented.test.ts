import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTRIBUTES, METRICS, SPANS } from '../../src/telemetry/metrics';

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'telemetry.md'), 'utf8');

/** The rows of the table whose first column has this name, each as its cells. */
function tableOf(name: string): string[][] {
  const rows = PAGE.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const head = rows.findIndex(([first]) => first === name);
  const end = rows.findIndex((cells, index) => index > head && cells.length === 0);
  return rows.slice(head + 2, end);
}

const code = (text: string): string => `\`${text}\``;

describe('docs/telemetry.md', () => {
  it('lists every metric as it is, and no other', () => {
    expect(tableOf('metric')).toEqual(
      Object.entries(METRICS).map(([name, { type, unit, attributes, description }]) => [
        code(name),
        type,
        code(unit),
        attributes.map(code).join(', '),
        description,
      ]),
    );
  });

  it('lists every attribute with its values', () => {
    expect(tableOf('attribute')).toEqual(
      Object.entries(ATTRIBUTES).map(([name, values]) => [code(name), values]),
    );
  });

  it('lists every span', () => {
    expect(tableOf('span')).toEqual(
      Object.entries(SPANS).map(([name, text]) => [code(name), text]),
    );
  });
});

describe('the names', () => {
  it('are those of OpenTelemetry: lower case, dotted, units by UCUM, no _total', () => {
    for (const [name, { unit }] of Object.entries(METRICS)) {
      expect(name).toMatch(/^portcullis(?:\.[a-z]+(?:_[a-z]+)*)+$/);
      expect(name).not.toMatch(/total|count$/);
      expect(unit).toMatch(/^(?:s|\{[a-z]+\})$/);
    }
  });

  it('all attributes belong to a metric', () => {
    const used = new Set<string>(Object.values(METRICS).flatMap(({ attributes }) => attributes));
    expect([...used].sort()).toEqual(Object.keys(ATTRIBUTES).sort());
  });
});
