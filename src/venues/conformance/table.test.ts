import { expect, it } from 'vitest';
import { conformanceTable } from './table.ts';

const result = (column: string, theme: string, title: string, status: string) => ({
  ancestorTitles: [column, theme],
  title,
  status,
});

it('a case has a row, and each venue with its market a column', () => {
  const page = conformanceTable({
    testResults: [
      {
        assertionResults: [
          result('okx spot', 'orders', 'C11 fills a market order', 'passed'),
          result('okx spot', 'orders', 'C10 places a limit order', 'failed'),
          result('okx spot', 'hedged', 'C163 closes the long side and leaves the other', 'skipped'),
        ],
      },
      {
        assertionResults: [
          result('binance spot', 'orders', 'C10 places a limit order', 'passed'),
          result('binance spot', 'hedged', 'C163 closes the long side and leaves the other', 'passed'),
          result('binance spot', 'hedged', 'C163 closes the short side and leaves the other', 'passed'),
        ],
      },
    ],
  });
  const cells = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
  expect(cells).toEqual([
    ['case', 'binance spot', 'okx spot'],
    [expect.stringMatching(/^-+$/), expect.any(String), expect.any(String)],
    ['**orders**', '', ''],
    ['C10 places a limit order', 'yes', 'FAILED'],
    ['C11 fills a market order', '–', 'yes'],
    ['**hedged**', '', ''],
    ['C163 closes the … side and leaves the other', 'yes', '–'],
  ]);
});

it('one failure of a case that runs with either side is a failure', () => {
  const page = conformanceTable({
    testResults: [
      {
        assertionResults: [
          result('okx linear_swap', 'hedged', 'C163 closes the long side', 'passed'),
          result('okx linear_swap', 'hedged', 'C163 closes the short side', 'failed'),
        ],
      },
    ],
  });
  expect(page).toContain('| C163 closes the … side | FAILED');
});
