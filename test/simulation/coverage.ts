/**
 * Which kinds of world a run was of, and what came about in it: a check that a range of seeds reaches what it is meant to.
 *
 * Entry points: `coverageOf`, `countKinds`, `KINDS`.
 */
import type { Fill } from '../../src/simulators/exchange/order.ts';
import { FEE_COIN, OUR_ACCOUNT, type SimulatedVenue } from './venue.ts';
import type { WorldVenue } from './wire/worlds.ts';

export const KINDS = [
  /** Orders of ours were placed through the own gateway of a venue. */
  'real_gateway',
  /** The same at venues but Binance. */
  'at_okx',
  'at_bybit',
  'at_kucoin',
  'at_bitget',
  'at_mexc',
  'at_coinbase',
  'at_htx',
  /** There the trigger of a stop made an order of its own, or let the stop go to work, and an execution came of it. */
  'stop_filled_at_okx',
  'stop_filled_at_bybit',
  /** The venue ordered that gateway to stop asking for a while. */
  'venue_said_stop',
  /** The account held swaps as a long and a short position, and traded them. */
  'hedged',
  /** Both were open at the same instant. */
  'both_sides_open',
  /** The position mode of the account was changed in the run. */
  'mode_switched',
  /** One wallet for spot and swaps. */
  'unified',
  /** Both products drew on that wallet by executions of ours. */
  'unified_both_products',
  /** Trade ids had no order, on executions of ours: texts, or numbers of which the venue documents none. */
  'text_trade_ids',
  /** A swap's stop was triggered and kept its id. */
  'stop_kept_id',
  /** A funding payment named a side. */
  'side_funded',
  /** The venue refused an order whose position its mode did not have. */
  'side_refused',
  /** Limits, equity and results were in bitcoin. */
  'in_bitcoin',
  /** Fees of executions of ours were paid in the venue's own coin. */
  'paid_in_coin',
  /** Somebody set a trading state that was not active, and it was acknowledged. */
  'state_set',
] as const;
export type Kind = (typeof KINDS)[number];

/** The kinds that a run was of, by what the venue saw and what was asked of the desk. */
export function coverageOf(
  venue: SimulatedVenue,
  desk: { readonly baseCurrency: string; readonly statesSet: number },
): readonly Kind[] {
  const { exchange, setting, creates } = venue;
  const fills = exchange.allFills().filter(({ accountId }) => accountId === OUR_ACCOUNT);
  const isUnified = setting.wallets === 'unified';
  const products = new Set(fills.map(({ marketType }) => marketType));
  const stops = exchange
    .allOrders()
    .filter(({ accountId, stopPrice }) => accountId === OUR_ACCOUNT && stopPrice !== null);
  const isReal = venue.isWired && creates.some(({ verdict }) => verdict.kind === 'placed');
  const isAt = (name: WorldVenue): boolean => isReal && setting.venue === name;
  const isStopFilled = stops.some(
    ({ clientOrderId, triggeredAt }) =>
      triggeredAt !== null && fills.some((fill) => fill.clientOrderId === clientOrderId),
  );
  const met: Readonly<Record<Kind, boolean>> = {
    real_gateway: isReal,
    at_okx: isAt('okx'),
    at_bybit: isAt('bybit'),
    at_kucoin: isAt('kucoin'),
    at_bitget: isAt('bitget'),
    at_mexc: isAt('mexc'),
    at_coinbase: isAt('coinbase'),
    at_htx: isAt('htx'),
    stop_filled_at_okx: isAt('okx') && isStopFilled,
    stop_filled_at_bybit: isAt('bybit') && isStopFilled,
    venue_said_stop: venue.stops.length > 0,
    hedged: fills.some(({ positionSide }) => positionSide !== 'net'),
    both_sides_open: wereBothSidesOpen(fills),
    mode_switched: venue.modeSwitches > 0,
    unified: isUnified,
    unified_both_products: isUnified && products.size > 1,
    text_trade_ids: (setting.textTradeIds || (isReal && !venue.onWire.fillsAreSequenced)) && fills.length > 0,
    stop_kept_id: stops.some(
      ({ marketType, triggeredAt, triggeredVenueOrderId }) =>
        marketType === 'swap' && triggeredAt !== null && triggeredVenueOrderId === null,
    ),
    side_funded:
      setting.fundingNamesSide &&
      exchange.funding(OUR_ACCOUNT).some(({ positionSide }) => positionSide !== 'net'),
    side_refused: creates.some(
      ({ verdict }) => verdict.kind === 'refused' && verdict.code === 'position_side_mismatch',
    ),
    in_bitcoin: desk.baseCurrency === 'BTC' && fills.length > 0,
    paid_in_coin: fills.some(({ feeAsset }) => feeAsset === FEE_COIN),
    state_set: desk.statesSet > 0,
  };
  return KINDS.filter((kind) => met[kind]);
}

function wereBothSidesOpen(fills: readonly Fill[]): boolean {
  const open = new Map<string, number>();
  return fills
    .filter(({ positionSide }) => positionSide !== 'net')
    .toSorted((left, right) => Number(BigInt(left.tradeId) - BigInt(right.tradeId)))
    .some(({ positionSide, side, quantity }) => {
      const signed = Number(quantity.toString()) * (side === 'buy' ? 1 : -1);
      // Sizes are multiples of a thousandth: what is left of a flat position is less than that.
      open.set(positionSide, (open.get(positionSide) ?? 0) + signed);
      return ['long', 'short'].every((name) => Math.abs(open.get(name) ?? 0) > 0.0005);
    });
}

/** In how many of several runs each kind was met. */
export function countKinds(runs: readonly (readonly Kind[])[]): ReadonlyMap<Kind, number> {
  return new Map(KINDS.map((kind) => [kind, runs.filter((kinds) => kinds.includes(kind)).length]));
}
