/** docs/risk.md lists each bound under the name that the code has, with the value that it has there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n');

/** The values that constants of the name have: figures apart by commas, products multiplied out; those of another one by its name. */
function valuesOf(name: string): readonly string[] {
  const definitions = source.matchAll(new RegExp(`const ${name}(?:: [\\w ]+)? = ([^;]+);`, 'g'));
  return [...definitions].flatMap(([, text = '']) => {
    if (/^[A-Z][A-Z_]+$/.test(text)) return valuesOf(text);
    return text
      .replace(/ as const$/, '')
      .replaceAll(/^\[|\]$|_|'|^decimal\(|\)$/g, '')
      .split(', ')
      .map((figure) => String(figure.split(' * ').reduce((product, each) => product * Number(each), 1)))
      .join(', ');
  });
}

const rows = readFileSync(join(root, 'docs/risk.md'), 'utf8').matchAll(
  /^\| `([A-Z][A-Z_]+)`\s*\| ([\d., ]+?)\s*\|/gm,
);
const bounds = [...rows].map(([, name = '', value = '']) => [name, value] as const);

it('docs/risk.md lists bounds', () => {
  expect(bounds.length).toBeGreaterThan(40);
});

it.each(bounds)('%s is %s', (name, value) => {
  expect(valuesOf(name)).toContain(value);
});
