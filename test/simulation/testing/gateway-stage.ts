/**
 * One gateway over a venue of its own in virtual time, to ask it what another kind of gateway is asked too.
 *
 * Entry points: `Stage`, `shown`.
 */
import { Decimal, decimal } from '../../../src/core/decimal.ts';
import { accountId, instrumentSymbol, venueClientOrderId } from '../../../src/core/ids.ts';
import type { VenueOrderId } from '../../../src/core/ids.ts';
import type { OrderReport, VenueFill } from '../../../src/core/venue/report.ts';
import type { SendOutcome } from '../../../src/core/venue/outcome.ts';
import { Random } from '../../../src/simulators/exchange/random.ts';
import { loadSigner } from '../../../src/venues/ccxt/exchange.ts';
import type { CancelRequest, Gateway, SendRequest, WireOrder } from '../../../src/venues/gateway.ts';
import { LIMIT } from '../../../src/venues/testing/wire-orders.ts';
import { Faults, NO_FAULTS, type RequestFault, type Route } from '../faults.ts';
import { gatewayOf } from '../gateways.ts';
import { OTHER_ACCOUNT, PLAIN_ACCOUNT, SimulatedVenue } from '../venue.ts';
import { clockOf, ProcessGate, VirtualTime } from '../virtual-time.ts';

const LIFETIME_MS = 2_000;
const LONGEST_ANSWER_MS = 60_000;

/** Faults on the next requests of a route, as they were asked for. */
class ScriptedFaults extends Faults {
  next: RequestFault | null = null;

  override ofRequest(route: Route): RequestFault {
    const { next } = this;
    if (next === null || route !== 'create_order') return { kind: 'none' };
    this.next = null;
    return next;
  }
}

export interface SentOrder {
  readonly outcome: SendOutcome;
  readonly reference: CancelRequest;
}

export class Stage {
  readonly time = new VirtualTime();
  readonly faults = new ScriptedFaults(NO_FAULTS, new Random(7));
  readonly venue: SimulatedVenue;
  readonly gateway: Gateway;
  /** The last report of each order on the stream, by its client id. */
  readonly reports = new Map<string, OrderReport>();
  readonly fills: VenueFill[] = [];
  #orders = 0;

  private constructor(kind: 'real' | 'light') {
    this.venue = new SimulatedVenue(this.time, this.faults, {
      ...PLAIN_ACCOUNT,
      seed: 1,
      swap: true,
      balances: [
        { wallet: 'spot', asset: 'USDT', amount: '200000' },
        { wallet: 'spot', asset: 'BTC', amount: '3' },
        { wallet: 'swap', asset: 'USDT', amount: '100000' },
      ],
    });
    for (const { symbol, liquidity } of this.venue.exchange.instruments())
      this.venue.exchange.movePrice(this.time.now(), symbol, [liquidity.startPrice], true);
    const gate = new ProcessGate(this.time, kind);
    ({ gateway: this.gateway } = gatewayOf(kind, {
      accountId: accountId('account-1'),
      mode: 'paper',
      time: this.time,
      gate,
      clock: clockOf(this.time, gate, () => 0),
      venue: this.venue,
      faults: this.faults,
      random: () => 0.5,
      fillsPage: 1_000,
      onHazard: () => undefined,
      isJournaled: () => true,
      trace: () => undefined,
    }));
  }

  static async open(kind: 'real' | 'light'): Promise<Stage> {
    await loadSigner('binance', { credentials: null, venueNow: () => 0 });
    const stage = new Stage(kind);
    await stage.answered(
      stage.gateway.start({
        onOrder: (report) => stage.reports.set(report.venueClientOrderId ?? '', report),
        onFill: (fill) => stage.fills.push(fill),
        onGap: () => undefined,
        onQuote: () => undefined,
        onAccountChanged: () => undefined,
      }),
    );
    return stage;
  }

  /** Lets time go on until a promise is settled, and then a little further. */
  async answered<Value>(answering: Promise<Value>): Promise<Value> {
    const waiting = { isDone: false };
    const settled = answering.finally(() => (waiting.isDone = true));
    settled.catch(() => undefined);
    await this.time.runFor(0);
    await this.time.runWhile(() => !waiting.isDone, LONGEST_ANSWER_MS, 'an answer');
    await this.time.runFor(200);
    return settled;
  }

  /** Sends an order that is limit, GTC and net unless the changes say otherwise. */
  async send(
    symbol: string,
    side: 'buy' | 'sell',
    changes: Partial<WireOrder>,
    request: Partial<Pick<SendRequest, 'signedAt' | 'venueClientOrderId'>> = {},
  ): Promise<SentOrder> {
    this.#orders += 1;
    const id = request.venueClientOrderId ?? venueClientOrderId(`pstage${this.#orders}`);
    const order: WireOrder = {
      ...LIMIT,
      symbol: instrumentSymbol(symbol),
      side,
      quantity: decimal('0.01'),
      price: null,
      ...changes,
    };
    const outcome = await this.answered(
      this.gateway.send({
        order,
        venueClientOrderId: id,
        signedAt: request.signedAt ?? this.gateway.venueNow(),
        requestLifetimeMs: LIFETIME_MS,
        reducing: false,
        closing: false,
        annul: new AbortController().signal,
      }),
    );
    const ids: readonly VenueOrderId[] = outcome.kind === 'accepted' ? [outcome.venueOrderId] : [];
    const conditional = order.stopPrice !== null && symbol.includes(':');
    return {
      outcome,
      reference: { symbol: order.symbol, venueClientOrderId: id, venueOrderIds: ids, conditional },
    };
  }

  /** Somebody else takes what rests at a price or better. */
  takeAt(symbol: string, side: 'buy' | 'sell', price: string, quantity: string): void {
    this.venue.exchange.placeOrder(this.time.now(), OTHER_ACCOUNT, {
      symbol,
      side,
      type: 'limit',
      price: decimal(price),
      quantity: decimal(quantity),
      timeInForce: 'IOC',
    });
  }
}

/** Ids and times differ from gateway to gateway, and so do a venue's words; everything else of an answer must not. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'venueOrderId',
  'triggeredVenueOrderId',
  'tradeId',
  'sequence',
  'updatedAt',
  'executedAt',
  'startedAt',
  'finishedAt',
  'venueTime',
  'venueCode',
  'venueMessage',
  'venueReason',
  'detail',
  'cursor',
]);

/** An answer as plain JSON, without what `LEFT_OUT` names. */
export function shown(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (key, value: unknown) =>
      LEFT_OUT.has(key) ? undefined : value instanceof Decimal ? value.toString() : value,
    ),
  );
}
