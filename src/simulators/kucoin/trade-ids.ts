/**
 * The ids of trades as KuCoin writes them: numbers that a double does not hold on spot, shorter ones of futures.
 *
 * Entry point: `tradeIdOf`. The examples of "Get Trade History" of both products.
 */
const SPOT_FROM = 11_029_373_945_000_000n;
const FUTURES_FROM = 1_784_277_000_000n;

/** `symbol` is the unified one: that of a swap names its settle asset. */
export function tradeIdOf({
  symbol,
  tradeId,
}: {
  readonly symbol: string;
  readonly tradeId: string;
}): string {
  return String((symbol.includes(':') ? FUTURES_FROM : SPOT_FROM) + BigInt(tradeId));
}
