/** `verify`: walks every portfolio's chain of hashes and holds heads that were exported before against it. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { portfolioId } from '../core/ids.ts';
import { HeadsInvalid, headsText, parseHeads } from '../journal/heads-file.ts';
import { type Head, type Verified, verifyJournals } from '../journal/verify.ts';
import { CheckImpossible, type CheckOutcome, runCheck } from './stored-database.ts';

interface VerifyCommandOptions {
  readonly portfolio?: string;
  readonly exportHeads?: string;
  readonly against?: string;
  readonly json?: true;
}

export const verifyCommand = new Command('verify')
  .description("check the journal: every portfolio's chain of hashes, from its first record to its head")
  .option('--portfolio <id>', 'this portfolio alone; default: all')
  .option('--export-heads <file>', 'write the heads that were found sound to a file, to be kept elsewhere')
  .option('--against <file>', 'hold the heads of such a file against the journal')
  .option('--json', 'print one JSON document instead of lines')
  .action((options: VerifyCommandOptions) =>
    runCheck(options.json === true, async (connection, say) => {
      const anchors = options.against === undefined ? [] : await readHeads(options.against);
      const { portfolio } = options;
      const all: Verified[] = [];
      for await (const verified of verifyJournals(connection, {
        anchors,
        ...(portfolio === undefined ? {} : { portfolioId: portfolioId(portfolio) }),
      })) {
        if (verified.records === 0 && verified.head === null && portfolio !== undefined)
          throw new CheckImpossible(`--portfolio: there is no portfolio ${portfolio} in this database.`);
        all.push(verified);
        printVerified(verified, say);
      }
      return conclude(all, options.exportHeads, say);
    }),
  );

async function readHeads(file: string): Promise<readonly Head[]> {
  try {
    return parseHeads(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof HeadsInvalid || (error instanceof Error && 'code' in error))
      throw new CheckImpossible(`--against: ${file} cannot be read: ${error.message}`);
    throw error;
  }
}

function printVerified(
  { portfolioId: id, head, records, faults, faultCount }: Verified,
  say: (line: string) => void,
): void {
  const counted = `${records} ${records === 1 ? 'record' : 'records'}`;
  const at = head === null ? 'no head' : `head at seq ${head.seq}, ${head.hash}`;
  say(
    `portfolio ${id}: ${counted}, ${at}: ${faultCount === 0 ? 'sound' : `${faultCount} not as it was written`}`,
  );
  for (const { seq, detail } of faults) say(`  portfolio ${id}, seq ${seq}: ${detail}`);
  if (faultCount > faults.length) say(`  and ${faultCount - faults.length} more`);
}

async function conclude(
  all: readonly Verified[],
  exportTo: string | undefined,
  say: (line: string) => void,
): Promise<CheckOutcome> {
  const holds = all.every(({ faultCount }) => faultCount === 0);
  if (all.length === 0) say('The database holds no portfolio yet.');
  else say(holds ? 'The journal is whole.' : 'The journal is NOT whole.');
  if (exportTo !== undefined) {
    if (holds) await exportHeads(exportTo, all);
    say(
      holds
        ? `Heads written to ${exportTo}.`
        : `No heads written to ${exportTo}: a journal that is not whole is no anchor.`,
    );
  }
  return {
    holds,
    document: {
      holds,
      portfolios: all.map(({ portfolioId: id, head, records, faults, faultCount }) => ({
        portfolio_id: id,
        records,
        head: head === null ? null : { seq: head.seq, hash: head.hash },
        fault_count: faultCount,
        faults: faults.map(({ kind, seq, detail }) => ({ kind, seq, detail })),
      })),
    },
  };
}

async function exportHeads(file: string, all: readonly Verified[]): Promise<void> {
  const heads = all.flatMap(({ head }) => (head === null ? [] : [head]));
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeFile(unfinished, headsText(heads, Date.now()));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    if (error instanceof Error && 'code' in error)
      throw new CheckImpossible(`--export-heads: ${file} cannot be written: ${error.message}`);
    throw error;
  }
}
