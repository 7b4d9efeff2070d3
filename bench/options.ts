/** The bench's command line. Entry point: `parseOptions`. */
import { Command, InvalidArgumentError } from 'commander';

export interface BenchOptions {
  readonly quick: boolean;
  readonly long: boolean;
  readonly growth: boolean;
  readonly gateways: boolean;
  readonly idle: boolean;
  /** Only the history, of this many orders; null for the other measurements. */
  readonly history: number | null;
  /** Where the figures go as JSON; null for nowhere. */
  readonly json: string | null;
}

export function parseOptions(programArguments: readonly string[]): BenchOptions {
  const command = new Command('bench')
    .description('what the order path costs, against bare ccxt and a naive gateway, in one run')
    .option('--quick', 'about a minute, noisier', false)
    .option('--long', 'also the growth of memory over 100,000 orders and more', false)
    .option('--growth', 'instead: many portfolios on one service, and a history of a million orders', false)
    .option(
      '--gateways',
      "instead: the CPU of an order at each exchange, against ccxt's own class there",
      false,
    )
    .option(
      '--idle',
      'instead: a first start with a paper account at every exchange, and what it takes at rest',
      false,
    )
    .option('--history <orders>', 'instead: a history of this many orders alone', wholeNumber)
    .option('--json <file>', 'write the figures there as well');
  command.parse(programArguments, { from: 'user' });
  const { quick, long, growth, gateways, idle, history, json } = command.opts<{
    quick: boolean;
    long: boolean;
    growth: boolean;
    gateways: boolean;
    idle: boolean;
    history?: number;
    json?: string;
  }>();
  return { quick, long, growth, gateways, idle, history: history ?? null, json: json ?? null };
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number above zero');
}
