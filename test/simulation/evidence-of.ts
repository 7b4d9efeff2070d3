/**
 * The evidence of a run for the auditor: of the world, its callers and the service, the part that is of one account.
 *
 * Entry point: `evidenceOf`.
 */
import { decimal, Decimal } from '../../src/core/decimal.ts';
import { toJsonObject } from '../../src/journal/stored-record.ts';
import type { Evidence, JournaledLine, ServiceView } from './auditor/evidence.ts';
import type { Callers, SeatCallers } from './callers.ts';
import { OUR_ACCOUNT, SWAP_SYMBOL, type SimulatedVenue } from './venue.ts';
import { TAG, type World } from './world.ts';

export const OUR_TAG = `p${TAG}`;

export function evidenceOf(
  world: World,
  callers: Callers,
  { seat, workload, trespassing, ownLimit }: SeatCallers,
  service: ServiceView,
): Evidence {
  const { setting, venue } = seat;
  const { killSwitch, tradingStates } = callers.controlling(seat);
  const isReal = setting.gateway === 'real';
  return {
    service,
    journal: journalOf(world, seat),
    calls: {
      places: workload.places,
      batches: workload.batches,
      cancels: workload.cancels,
      killSwitch,
      // One of an instrument is of the venue that lists it.
      tradingStates: tradingStates.filter(
        (window) => window.symbol === null || window.venue === setting.venue.venue,
      ),
      trespasses: trespassing.attempts,
    },
    strictLimits: setting.strictLimits,
    maxPositionNotional: setting.maxPositionNotional,
    losses: setting.losses,
    ownLimit,
    hasOthers: seat.others.length > 0,
    venue: {
      exchange: venue.exchange,
      ourAccount: OUR_ACCOUNT,
      tag: OUR_TAG,
      creates: venue.creates,
      sends: venue.sends,
      cancels: venue.cancels,
      staleAnswers: venue.staleAnswers,
      stops: venue.stops,
      deposits: venue.deposits,
      movedOut: venue.movedOut,
      // A reading of equity is of all accounts of a mode.
      coinPrices: callers.all.flatMap((one) => one.seat.venue.coinPrices),
      openingBalances: setting.venue.balances.map(({ asset, amount }) => ({
        asset,
        amount: decimal(amount),
      })),
      pinned: setting.pinned,
      // The light gateway shows none before a position was open, and orders are then held at their whole worth.
      leverage:
        isReal && setting.venue.swap
          ? Decimal.fromInteger(setting.venue.leverage ?? defaultLeverageOf(venue))
          : null,
      // Of an asset a mode has one price, which may be that of another account.
      spotMarkIsBook: callers.all.some(
        ({ seat: one }) =>
          one.mode === seat.mode && one.setting.gateway === 'real' && one.venue.onWire.spotMarkIsBook,
      ),
      pricesOf: (symbol, from, until) =>
        (isReal && venue.onWire.spotMarkIsBook && !symbol.includes(':')
          ? venue.middles
          : venue.marks
        ).between(symbol, from, until),
      // A net payment that is read before the end of a side is for that side, as far as the service can know.
      fundingNamesSide: setting.venue.fundingNamesSide && venue.modeSwitches === 0,
      fillsAreSequenced: venue.onWire.fillsAreSequenced && !setting.venue.textTradeIds,
      words: venue.onWire,
      sidesAreNamed: venue.onWire.executionsNameSide || venue.modeSwitches === 0,
      tradeIdShown: (fill) => venue.tradeIdShown(fill),
    },
  };
}

/** The records of the account's portfolio, but for those that name another account or another mode. */
function journalOf(
  { storage }: World,
  { accountId, mode, portfolioId }: Pick<SeatCallers['seat'], 'accountId' | 'mode' | 'portfolioId'>,
): readonly JournaledLine[] {
  const accountOf = new Map<string, string>();
  const lines: JournaledLine[] = [];
  for (const { at, type, payloadText } of storage.records(portfolioId)) {
    const payload = toJsonObject(payloadText);
    const named = payload as {
      readonly accountId?: string;
      readonly orderId?: string;
      readonly request?: { readonly accountId: string; readonly orderId: string };
      readonly drift?: { readonly accountId: string };
      readonly mode?: string;
    };
    if (named.request !== undefined) accountOf.set(named.request.orderId, named.request.accountId);
    const account =
      named.accountId ??
      named.request?.accountId ??
      named.drift?.accountId ??
      (named.orderId === undefined ? undefined : accountOf.get(named.orderId));
    if (account !== undefined && account !== accountId) continue;
    if (type === 'equity_observed' && named.mode !== mode) continue;
    lines.push({ at, type, payload });
  }
  return lines;
}

/** Of a swap whose owner has set nothing. */
function defaultLeverageOf({ exchange }: SimulatedVenue): number {
  const terms = exchange.instrument(SWAP_SYMBOL)?.swap;
  if (terms === null || terms === undefined) throw new Error('the world has a swap');
  return terms.defaultLeverage;
}
