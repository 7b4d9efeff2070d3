/** Prints `passed failed` of a vitest JSON report; a file that failed to load counts as one failure. */
import { readFileSync } from 'node:fs';

const [path = ''] = process.argv.slice(2);
const report = JSON.parse(readFileSync(path, 'utf8')) as {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
};
const unloadable = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
).length;
process.stdout.write(`${report.numPassedTests} ${report.numFailedTests + unloadable}\n`);
