/** `replay`: folds the journal anew and holds the read models and snapshots against what it gives. */
import { Command } from 'commander';
import { portfolioId, type PortfolioId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { JournalCorrupt } from '../journal/journal.ts';
import {
  PortfolioOwned,
  type Rebuilt,
  rebuild,
  RecordUnfoldable,
  refuseOwned,
  type RowDifference,
  type TableComparison,
} from '../journal/rebuild.ts';
import { exportHeads } from '../journal/verify.ts';
import { foldPortfolio } from './portfolio-fold.ts';
import { CheckImpossible, runCheck } from './stored-database.ts';

/** Of a value in the output, in characters. */
const VALUE_SHOWN = 200;

interface ReplayCommandOptions {
  readonly portfolio?: string;
  readonly write?: true;
  readonly json?: true;
}

/** One portfolio: what was found, or why it could not be replayed to its end. */
type Replayed =
  | { readonly portfolioId: PortfolioId; readonly rebuilt: Rebuilt; readonly fault: null }
  | { readonly portfolioId: PortfolioId; readonly rebuilt: null; readonly fault: string };

export const replayCommand = new Command('replay')
  .description('rebuild read models and snapshots from the journal and compare them with what is stored')
  .option('--portfolio <id>', 'this portfolio alone; default: all')
  .option(
    '--write',
    'put what was rebuilt in the place of what differs; only while no node owns the portfolio',
  )
  .option('--json', 'print one JSON document instead of lines')
  .action((options: ReplayCommandOptions) =>
    runCheck(options.json === true, async (connection, say) => {
      const write = options.write === true;
      const heads = await exportHeads(connection);
      const { portfolio } = options;
      const ids = heads
        .map((head) => head.portfolioId)
        .filter((id) => portfolio === undefined || id === portfolioId(portfolio));
      if (portfolio !== undefined && ids.length === 0)
        throw new CheckImpossible(`--portfolio: there is no portfolio ${portfolio} in this database.`);
      // Before anything is written: all of them or none.
      if (write) for (const id of ids) await refuseIfOwned(() => refuseOwned(connection, id));
      const all: Replayed[] = [];
      for (const id of ids) {
        const replayed = await replayOne(id, () =>
          rebuild(connection, { portfolioId: id, newFold: foldPortfolio, write }),
        );
        all.push(replayed);
        printReplayed(replayed, say);
      }
      return conclude(all, say);
    }),
  );

async function refuseIfOwned<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PortfolioOwned) throw new CheckImpossible(`--write: ${error.message}`);
    throw error;
  }
}

async function replayOne(id: PortfolioId, work: () => Promise<Rebuilt>): Promise<Replayed> {
  try {
    return { portfolioId: id, rebuilt: await refuseIfOwned(work), fault: null };
  } catch (error) {
    if (error instanceof JournalCorrupt || error instanceof RecordUnfoldable)
      return { portfolioId: id, rebuilt: null, fault: error.message };
    throw error;
  }
}

function differs({ tables, snapshots }: Rebuilt): boolean {
  return tables.some(({ differing }) => differing > 0) || snapshots.some(({ fault }) => fault !== null);
}

function printReplayed({ portfolioId: id, rebuilt, fault }: Replayed, say: (line: string) => void): void {
  if (rebuilt === null) {
    say(`portfolio ${id}: cannot be replayed. ${fault}`);
    return;
  }
  const verdict = differs(rebuilt) ? (rebuilt.written ? 'differed, and was mended' : 'differs') : 'equal';
  say(`portfolio ${id}: replayed to seq ${rebuilt.seq}: ${verdict}`);
  for (const table of rebuilt.tables) printTable(table, say);
  for (const snapshot of rebuilt.snapshots) {
    const removed = rebuilt.written ? '; it was removed' : '';
    say(
      snapshot.fault === null
        ? `  snapshot at seq ${snapshot.seq}: equal`
        : `  snapshot at seq ${snapshot.seq}: ${snapshot.fault}${removed}`,
    );
  }
}

function printTable({ table, rows, differing, shown }: TableComparison, say: (line: string) => void): void {
  say(
    `  ${table}: ${rows} ${rows === 1 ? 'row' : 'rows'}, ${differing === 0 ? 'equal' : `${differing} not equal`}`,
  );
  for (const difference of shown) {
    say(`    ${keyText(difference)}: ${KIND_WORDS[difference.kind]}`);
    for (const { column, stored, rebuilt } of difference.columns)
      say(`      ${column}: stored ${valueText(stored)}, rebuilt ${valueText(rebuilt)}`);
  }
  if (differing > shown.length) say(`    and ${differing - shown.length} more`);
}

const KIND_WORDS: Readonly<Record<RowDifference['kind'], string>> = {
  changed: 'stored otherwise than the journal gives it',
  missing: 'given by the journal, but not stored',
  surplus: 'stored, but not given by the journal',
};

function keyText({ key }: RowDifference): string {
  return Object.entries(key)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function valueText(value: string | null): string {
  if (value === null) return 'nothing';
  return value.length <= VALUE_SHOWN ? value : `${value.slice(0, VALUE_SHOWN)}… (${value.length} characters)`;
}

function conclude(
  all: readonly Replayed[],
  say: (line: string) => void,
): { readonly holds: boolean; readonly document: JsonObject } {
  const holds = all.every(({ rebuilt }) => rebuilt !== null && (rebuilt.written || !differs(rebuilt)));
  const mended = all.some(({ rebuilt }) => rebuilt?.written === true);
  if (all.length === 0) say('The database holds no portfolio yet.');
  else if (!holds)
    say('The stored data is NOT what the journal gives. `replay --write` mends read models and snapshots.');
  else if (mended) say('All differing data was replaced by what the journal gives.');
  else say('Everything stored is what the journal gives.');
  return { holds, document: { holds, portfolios: all.map(documentOf) } };
}

function documentOf({ portfolioId: id, rebuilt, fault }: Replayed): JsonObject {
  if (rebuilt === null) return { portfolio_id: id, fault };
  return {
    portfolio_id: id,
    fault: null,
    seq: rebuilt.seq,
    written: rebuilt.written,
    tables: rebuilt.tables.map(({ table, rows, differing, shown }) => ({
      table,
      rows,
      differing,
      differences: shown.map(({ key, kind, columns }) => ({
        key: { ...key },
        kind,
        columns: columns.map(({ column, stored, rebuilt: given }) => ({
          column,
          stored: stored === null ? null : valueText(stored),
          rebuilt: given === null ? null : valueText(given),
        })),
      })),
    })),
    snapshots: rebuilt.snapshots.map(({ seq, fault: snapshotFault }) => ({ seq, fault: snapshotFault })),
  };
}
