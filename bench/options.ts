/** The bench's command line. Entry point: `parseOptions`. */
import { Command } from 'commander';

export interface BenchOptions {
  readonly quick: boolean;
  readonly long: boolean;
  readonly growth: boolean;
  /** Where the figures go as JSON; null for nowhere. */
  readonly json: string | null;
}

export function parseOptions(programArguments: readonly string[]): BenchOptions {
  const command = new Command('bench')
    .description('what the order path costs, against bare ccxt and a naive gateway, in one run')
    .option('--quick', 'about a minute, noisier', false)
    .option('--long', 'also the growth of memory over 100,000 orders and more', false)
    .option('--growth', 'instead: many portfolios on one service, and a history of a million orders', false)
    .option('--json <file>', 'write the figures there as well');
  command.parse(programArguments, { from: 'user' });
  const { quick, long, growth, json } = command.opts<{
    quick: boolean;
    long: boolean;
    growth: boolean;
    json?: string;
  }>();
  return { quick, long, growth, json: json ?? null };
}
