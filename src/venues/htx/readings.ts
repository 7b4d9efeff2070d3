/**
 * Readings of a spot account at HTX: orders, executions, balances.
 *
 * Entry point: `HtxReadings`. Account records are read in `account-records.ts`. Sources: "Get the Order Detail of an Order", "Get the Order
 * Detail of an Order (based on client order ID)" and the pages that `history.ts` names. An order is found by its client order id for eight
 * hours while it is open and for two once it is finished: the lists know it longer.
 */
import type { TimeMs, VenueOrderId } from '../../core/ids.ts';
import type { AccountRecords } from '../../core/venue/account-record.ts';
import type { JsonValue } from '../../core/json.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  MarginReport,
  OrderReport,
  PositionReport,
} from '../../core/venue/report.ts';
import type { PositionMode, SwapSettings } from '../../core/venue/setting.ts';
import { asObject, text } from '../ccxt/exact-json.ts';
import type { Readings } from '../connected-account.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { LookUpRequest } from '../gateway.ts';
import { orNull, searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { HtxAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { dataOf } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import {
  LISTING_LAG_MS,
  LONGEST_SPAN_MS,
  OLDEST_FILLS_MS,
  executions,
  finishedOrders,
  openOrderRows,
} from './history.ts';
import { balancesFrom } from './normalize-account.ts';
import { fillFrom } from './normalize-fills.ts';
import { orderFrom } from './normalize-orders.ts';
import { currentId } from './orders.ts';

export class HtxReadings implements Readings {
  readonly #account: HtxAccount;

  constructor(account: HtxAccount) {
    this.#account = account;
  }

  search({ venueSymbol }: ListedInstrument, request: LookUpRequest): OrderSearch {
    const { clock, names, requests, spotAccount } = this.#account;
    const id = currentId(request);
    return {
      venueTime: async () => requests.venueTime('spot', 'look_up'),
      directly: async () => (id === null ? this.#byClientId(request) : this.#byId(id)),
      inLists: searchLists(
        request,
        async () => this.#reports(await openOrderRows(requests, spotAccount, venueSymbol, 'look_up')),
        async (since, until) =>
          this.#reports(await finishedOrders(requests, venueSymbol, [since, until], clock.now())),
      ),
      fills: async (since, until) => {
        const rows = await executions(requests, venueSymbol, [since, until], clock.now(), 'look_up');
        return rows
          .map((row) => fillFrom(row, names.spot))
          .toSorted((left, right) => left.executedAt - right.executedAt);
      },
      listingLagMs: LISTING_LAG_MS,
    };
  }

  async orderByVenueId(_listed: ListedInstrument, venueOrderId: VenueOrderId): Promise<OrderReport | null> {
    return this.#byId(venueOrderId);
  }

  async #byId(id: VenueOrderId): Promise<OrderReport | null> {
    const { names, requests } = this.#account;
    const reading = requests.read(ENDPOINTS.order, { 'order-id': id }, 'look_up');
    return orNull(reading.then((body) => orderFrom(dataOf(body), names.spot)));
  }

  /** The newest order under the id. */
  async #byClientId({ venueClientOrderId }: LookUpRequest): Promise<OrderReport | null> {
    const { names, requests } = this.#account;
    const reading = requests.read(
      ENDPOINTS.orderByClientId,
      { clientOrderId: venueClientOrderId },
      'look_up',
    );
    return orNull(reading.then((body) => orderFrom(dataOf(body), names.spot)));
  }

  #reports(rows: readonly JsonValue[]): readonly OrderReport[] {
    const { spot } = this.#account.names;
    return rows
      .filter((row) => spot.known(text(asObject(row, 'order'), 'symbol')))
      .map((row) => orderFrom(row, spot));
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    const { requests, spotAccount } = this.#account;
    return this.#reports(await openOrderRows(requests, spotAccount, null, 'poll'));
  }

  async fills(
    { venueSymbol }: ListedInstrument,
    cursor: FillsCursor | null,
    since: TimeMs,
  ): Promise<FillsPage> {
    const { clock, names, requests } = this.#account;
    const now = clock.now();
    return fillsBySpan(
      {
        longestMs: LONGEST_SPAN_MS,
        oldestMs: OLDEST_FILLS_MS,
        listingLagMs: LISTING_LAG_MS,
        page: async (from, to) => {
          const rows = await executions(requests, venueSymbol, [from, to], now, 'poll');
          return { fills: rows.map((row) => fillFrom(row, names.spot)), next: null };
        },
      },
      cursor,
      since,
      now,
    );
  }

  async balances(): Promise<readonly BalanceReport[]> {
    const { requests, spotAccount } = this.#account;
    return balancesFrom(await requests.read(ENDPOINTS.balance, { 'account-id': spotAccount }, 'poll'));
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
    throw new ReadFailure(NO_SWAPS, 'not_listed');
  }

  async swapSettings(): Promise<SwapSettings> {
    throw new ReadFailure(NO_SWAPS, 'not_listed');
  }
}

const NO_SWAPS = 'swaps are not connected at this venue';
