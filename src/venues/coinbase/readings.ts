/**
 * Readings of an account at Coinbase: orders and balances; of swaps there is nothing to read.
 *
 * Entry point: `CoinbaseReadings`. Orders are looked up in `order-look-up.ts`, executions read in `fills.ts`, account records in
 * `account-records.ts`. Sources: "Get Order", "List Orders" and "List Accounts".
 */
import type { TimeMs, VenueOrderId } from '../../core/ids.ts';
import type { AccountRecords } from '../../core/venue/account-record.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  MarginReport,
  OrderReport,
  PositionReport,
} from '../../core/venue/report.ts';
import type { PositionMode, SwapSettings } from '../../core/venue/setting.ts';
import type { Readings } from '../connected-account.ts';
import type { LookUpRequest } from '../gateway.ts';
import { searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { CoinbaseAccount } from './account.ts';
import { readAccountRecords, readCurrencyAccounts } from './account-records.ts';
import { timeText } from './fields.ts';
import { fillsBetween, fillsPage } from './fills.ts';
import { LISTING_LAG_MS } from './history.ts';
import { balanceFrom } from './normalize-account.ts';
import { listOrders, orderById, workingOrders } from './order-look-up.ts';

export class CoinbaseReadings implements Readings {
  readonly #account: CoinbaseAccount;

  constructor(account: CoinbaseAccount) {
    this.#account = account;
  }

  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch {
    const account = this.#account;
    const ofProduct = { product_ids: listed.venueSymbol };
    return {
      venueTime: async () => account.requests.venueTime('spot', 'look_up'),
      directly: async () => this.#directly(listed, request),
      inLists: searchLists(
        request,
        async () => workingOrders(account, ofProduct, 'look_up'),
        async (since, until) => {
          const span = { start_date: timeText(since - LISTING_LAG_MS), end_date: timeText(until) };
          return listOrders(account, { ...ofProduct, ...span }, 'look_up');
        },
      ),
      fills: async (since, until) => fillsBetween(account, listed, since, until, 'look_up'),
      listingLagMs: LISTING_LAG_MS,
    };
  }

  /**
   * By the venue's id where one is known: the order was made then, and its absence is none. By ours it is looked for among the orders of the
   * time in question.
   */
  async #directly(
    { venueSymbol }: ListedInstrument,
    { venueClientOrderId, venueOrderIds, since }: LookUpRequest,
  ): Promise<OrderReport | null> {
    const account = this.#account;
    const known = venueOrderIds.at(-1) ?? account.ids.get(venueClientOrderId);
    if (known !== undefined) {
      const report = await orderById(account, known);
      if (report !== null) return report;
      throw new ReadFailure(`the venue does not show order ${known}, which it made`, 'unreachable');
    }
    const parameters = { product_ids: venueSymbol, start_date: timeText(since - LISTING_LAG_MS) };
    const orders = await listOrders(account, parameters, 'look_up');
    return orders.find((order) => order.venueClientOrderId === venueClientOrderId) ?? null;
  }

  async orderByVenueId(_listed: ListedInstrument, venueOrderId: VenueOrderId): Promise<OrderReport | null> {
    return orderById(this.#account, venueOrderId);
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    return workingOrders(this.#account, {}, 'poll');
  }

  async fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage> {
    return fillsPage(this.#account, listed, cursor, since);
  }

  async balances(): Promise<readonly BalanceReport[]> {
    return (await readCurrencyAccounts(this.#account, 'poll')).map(balanceFrom);
  }

  async accountRecords(since: TimeMs): Promise<AccountRecords> {
    return readAccountRecords(this.#account, since);
  }

  async positions(): Promise<readonly PositionReport[]> {
    return [];
  }

  async positionsOf(): Promise<readonly PositionReport[]> {
    return [];
  }

  async margins(): Promise<readonly MarginReport[]> {
    return [];
  }

  async positionMode(): Promise<PositionMode> {
    throw noSwaps();
  }

  async swapSettings(): Promise<SwapSettings> {
    throw noSwaps();
  }
}

function noSwaps(): ReadFailure {
  return new ReadFailure('the venue has no swaps', 'not_listed');
}
