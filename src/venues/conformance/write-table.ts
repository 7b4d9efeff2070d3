/**
 * Writes docs/conformance.md, venue by market by case, from the report of `npm run conformance`: `npm run docs:conformance`.
 * With `--check` it writes nothing and fails where the page says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceTable, type ConformanceReport } from './table.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/conformance.md');

const report = JSON.parse(
  readFileSync(join(ROOT, 'test-output/conformance.json'), 'utf8'),
) as ConformanceReport;
const table = conformanceTable(report);
process.stdout.write(table);
if (!process.argv.includes('--check')) writeFileSync(PAGE, table);
else if (readFileSync(PAGE, 'utf8') !== table) {
  process.stderr.write('docs/conformance.md says something else: npm run docs:conformance\n');
  process.exitCode = 1;
}
