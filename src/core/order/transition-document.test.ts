import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { statusDiagram, transitionReasons, transitionTable } from './transition-document.ts';
import { isFinished, ORDER_EVENT_TYPES, ORDER_STATUSES } from './transitions.ts';

const PATH = new URL('../../../docs/order-lifecycle.md', import.meta.url);
const PARTS = { diagram: statusDiagram(), table: transitionTable(), reasons: transitionReasons() };

function withParts(text: string): string {
  let result = text;
  for (const [name, part] of Object.entries(PARTS)) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const before = result.split(begin)[0] ?? '';
    const after = result.split(end)[1] ?? '';
    result = `${before}${begin}\n\n${part}\n\n${end}${after}`;
  }
  return result;
}

// `UPDATE_DOCUMENTS=1 npx vitest run src/core/order/transition-document.test.ts` writes the parts anew.
if (process.env['UPDATE_DOCUMENTS'] === '1') writeFileSync(PATH, withParts(readFileSync(PATH, 'utf8')));
const DOCUMENT = readFileSync(PATH, 'utf8');

/** Without what a formatter of Markdown may change in a table. */
function unpadded(text: string): string {
  return text.replaceAll(/-{3,}/g, '---').replaceAll(/[ \t]+/g, '');
}

/** The cells of the rows of the tables under a heading, headers included. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = DOCUMENT.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('docs/order-lifecycle.md', () => {
  it.each(Object.entries(PARTS))('carries the %s that the code makes', (_name, part) => {
    expect(unpadded(DOCUMENT)).toContain(unpadded(part));
  });

  it('explains every status, and which are finished', () => {
    const documented = new Map(
      rowsUnder('Status').map(([status = '', , finished = '']) => [status, finished]),
    );
    for (const status of ORDER_STATUSES)
      expect([status, documented.get(status)]).toEqual([status, isFinished(status) ? 'yes' : 'no']);
  });

  it('names tests that exist, for every event that an input leads to', () => {
    const rows = rowsUnder('Which test holds which cell').slice(2);
    for (const [, title = '', file = ''] of rows) {
      const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
      expect(source.includes(`'${title}'`), `${file}: ${title}`).toBe(true);
    }
    const held = new Set(rows.map(([eventType]) => eventType));
    const without = ORDER_EVENT_TYPES.filter((eventType) => !held.has(eventType));
    expect(without).toEqual(['stop_armed', 'stop_triggered']);
  });
});
