/** The ids of bills, under which fills are paged as well ("Transaction details", "Get bills details"). */
import { LISTINGS } from './instruments.ts';

const KINDS = ['trade', 'trade_other_side', 'funding', 'entry'] as const;

/** Unique for the account and rising with time: the millisecond, the instrument, a number within it, and the kind. */
export function billId(
  of: {
    readonly symbol: string | null;
    readonly at: number;
    readonly tradeId?: string;
    readonly side?: string;
  },
  kind: (typeof KINDS)[number],
  number = Number(of.tradeId ?? '0'),
): string {
  const instrument = of.symbol === null ? 99 : LISTINGS.findIndex(({ unified }) => unified === of.symbol);
  const side = of.side === 'sell' ? 5 : 0;
  return [
    String(of.at),
    String(instrument).padStart(2, '0'),
    String(number % 1_000).padStart(3, '0'),
    String(KINDS.indexOf(kind) + side),
  ].join('');
}
