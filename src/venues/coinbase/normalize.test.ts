/** Payloads in this file have the shapes of the pages of Advanced Trade, with figures of our own where exactness is at stake. */
import { describe, expect, it } from 'vitest';
import { instrumentSymbol, venueClientOrderId, venueOrderId } from '../../core/ids.ts';
import { MalformedAnswer, asObject, parseExactJson } from '../ccxt/exact-json.ts';
import { MarketTable, MarketsOfKinds, Names } from '../markets.ts';
import { KnownIds } from './account.ts';
import { pageOf } from './history.ts';
import { permissionsFrom } from './key-check.ts';
import { bookFrom, candlesFrom, dayFiguresOf, tradesFrom } from './market-data.ts';
import { bookIdsIn, parseProducts } from './markets.ts';
import { MessageCount } from './message-count.ts';
import { balanceFrom, currencyAccountsIn } from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { fillFrom, isExecution } from './normalize-fills.ts';
import { orderFrom } from './normalize-orders.ts';
import { recordsFrom } from './normalize-records.ts';
import { topFrom } from './quote-feed.ts';
import { timeFrom } from './requests.ts';

/** As a payload comes: figures keep their digits. */
const json = (value: unknown) => parseExactJson(JSON.stringify(value));
/** Exact figures as plain values. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const BTC_USD = {
  product_id: 'BTC-USD',
  price: '68925.98',
  price_percentage_change_24h: '-0.28225832119521',
  volume_24h: '11005.02587005',
  base_increment: '0.00000001',
  quote_increment: '0.01',
  quote_min_size: '1',
  quote_max_size: '150000000',
  base_min_size: '0.00000001',
  base_max_size: '3400',
  is_disabled: false,
  new: false,
  status: 'online',
  cancel_only: false,
  limit_only: false,
  post_only: false,
  trading_disabled: false,
  auction_mode: false,
  product_type: 'SPOT',
  quote_currency_id: 'USD',
  base_currency_id: 'BTC',
  fcm_trading_session_details: null,
  alias: '',
  alias_to: ['BTC-USDC'],
  base_display_symbol: 'BTC',
  quote_display_symbol: 'USD',
  view_only: false,
  price_increment: '0.1',
};
const BTC_USDC = {
  ...BTC_USD,
  product_id: 'BTC-USDC',
  quote_currency_id: 'USDC',
  alias: 'BTC-USD',
  alias_to: [],
};
const PERPETUAL = { ...BTC_USD, product_id: 'BIP-20DEC30-CDE', product_type: 'FUTURE', base_currency_id: '' };
const PRODUCTS = json({ products: [BTC_USD, BTC_USDC, PERPETUAL], num_products: 3 });

function names(): Names {
  const table = new MarketTable();
  table.put('spot', parseProducts(PRODUCTS));
  return new Names(new MarketsOfKinds(table, ['spot']), 'spot');
}

describe('products', () => {
  it('are read with their grid, their bounds and their fees in quote; futures are left out', () => {
    const listed = parseProducts(PRODUCTS);
    expect(listed.map(({ venueSymbol }) => venueSymbol)).toEqual(['BTC-USD', 'BTC-USDC']);
    expect(plain(listed[1]?.instrument)).toMatchObject({
      venue: 'coinbase',
      symbol: 'BTC/USDC',
      kind: 'spot',
      tickSize: '0.1',
      lotSize: '0.00000001',
      minQuantity: '0.00000001',
      maxQuantity: '3400',
      minNotional: '1',
      priceBand: null,
      makerFeeRate: '0.006',
      takerFeeRate: '0.012',
      buyFeeTakenFrom: 'quote',
      active: true,
    });
  });

  it.each([{ status: 'offline' }, { is_disabled: true }, { trading_disabled: true }, { cancel_only: true }])(
    'of which nobody can buy are inactive: %j',
    (change) => {
      const [listed] = parseProducts(json({ products: [{ ...BTC_USD, ...change }] }));
      expect(listed?.instrument.active).toBe(false);
    },
  );

  it('name the product in whose book they trade', () => {
    expect([...bookIdsIn(PRODUCTS)]).toEqual([
      ['BTC-USD', 'BTC-USD'],
      ['BTC-USDC', 'BTC-USD'],
    ]);
  });
});

const ORDER = {
  order_id: '0000-000000-000000',
  product_id: 'BTC-USD',
  user_id: '2222-000000-000000',
  order_configuration: {
    limit_limit_gtc: { base_size: '0.123456789012345678', limit_price: '10000.00', post_only: false },
  },
  side: 'BUY',
  client_order_id: '11111-000000-000000',
  status: 'OPEN',
  time_in_force: 'GOOD_UNTIL_CANCELLED',
  created_time: '2021-05-31T09:59:59Z',
  completion_percentage: '50',
  filled_size: '0.001',
  average_filled_price: '50',
  number_of_fills: '2',
  filled_value: '10000',
  pending_cancel: false,
  size_in_quote: false,
  total_fees: '5.00',
  trigger_status: 'INVALID_ORDER_TYPE',
  order_type: 'LIMIT',
  reject_reason: 'REJECT_REASON_UNSPECIFIED',
  settled: false,
  product_type: 'SPOT',
  reject_message: '',
  cancel_message: '',
  last_fill_time: '2021-05-31T10:30:00Z',
  last_update_time: null,
};

describe('orders', () => {
  const read = (change: object = {}) => plain(orderFrom(json({ ...ORDER, ...change }), names()));

  it('are read to the last digit', () => {
    expect(read()).toEqual({
      symbol: 'BTC/USD',
      venueOrderId: '0000-000000-000000',
      venueClientOrderId: '11111-000000-000000',
      status: 'partially_filled',
      side: 'buy',
      positionSide: 'net',
      quantity: '0.123456789012345678',
      price: '10000',
      filledQuantity: '0.001',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: Date.UTC(2021, 4, 31, 10, 30),
    });
  });

  it.each([
    ['PENDING', 'open'],
    ['QUEUED', 'open'],
    ['OPEN', 'open'],
    // It may still fill.
    ['CANCEL_QUEUED', 'open'],
    ['EDIT_QUEUED', 'open'],
    ['FILLED', 'filled'],
    ['CANCELLED', 'canceled'],
    ['EXPIRED', 'expired'],
    ['FAILED', 'rejected'],
  ])('%s is %s', (status, expected) => {
    expect(read({ status, filled_size: '0' })).toMatchObject({ status: expected });
  });

  it('wait for their stop, say why they ended, and state no quantity where they were sized in quote', () => {
    const stop = {
      base_size: '1',
      limit_price: '9',
      stop_price: '10',
      stop_direction: 'STOP_DIRECTION_STOP_UP',
    };
    const configuration = { stop_limit_stop_limit_gtc: stop };
    expect(
      read({ order_configuration: configuration, trigger_status: 'STOP_PENDING', filled_size: '0' }),
    ).toMatchObject({ status: 'untriggered', quantity: '1', price: '9' });
    expect(read({ status: 'FAILED', reject_reason: 'INSUFFICIENT_FUNDS' })).toMatchObject({
      venueReason: 'INSUFFICIENT_FUNDS',
    });
    expect(read({ status: 'CANCELLED', cancel_message: 'User requested cancel' })).toMatchObject({
      venueReason: '',
    });
    expect(
      read({ order_configuration: { market_market_ioc: { quote_size: '100' } }, order_type: 'MARKET' }),
    ).toMatchObject({ quantity: null, price: null });
  });

  it('that cannot be understood are no orders', () => {
    for (const change of [{ status: 'UNKNOWN_ORDER_STATUS' }, { filled_size: 'x' }, { product_id: 'A-B' }])
      expect(() => read(change), JSON.stringify(change)).toThrow(MalformedAnswer);
  });
});

const FILL = {
  entry_id: '22222-2222222-22222222',
  trade_id: '1111-11111-111111',
  order_id: '0000-000000-000000',
  trade_time: '2021-05-31T09:59:59.123456Z',
  trade_type: 'FILL',
  price: '10000.00',
  size: '0.001',
  commission: '1.25',
  product_id: 'BTC-USDC',
  sequence_timestamp: '2021-05-31T09:58:59Z',
  liquidity_indicator: 'MAKER',
  size_in_quote: false,
  user_id: '3333-333333-3333333',
  side: 'BUY',
  retail_portfolio_id: '',
};

describe('executions', () => {
  const read = (change: object = {}) => plain(fillFrom(json({ ...FILL, ...change }), names()));

  it('have their commission in quote', () => {
    expect(read()).toEqual({
      symbol: 'BTC/USDC',
      tradeId: '1111-11111-111111',
      venueOrderId: '0000-000000-000000',
      venueClientOrderId: null,
      side: 'buy',
      positionSide: 'net',
      sequence: null,
      price: '10000',
      quantity: '0.001',
      fee: '1.25',
      feeAsset: 'USDC',
      liquidity: 'maker',
      realizedPnl: null,
      executedAt: Date.UTC(2021, 4, 31, 9, 59, 59, 123),
    });
    expect(read({ liquidity_indicator: 'UNKNOWN_LIQUIDITY_INDICATOR' })).toMatchObject({ liquidity: null });
  });

  it('with a size in quote are of the quantity on the grid that is nearest to it', () => {
    // 0.00144892 at this price, cut to cents.
    const inQuote = { size_in_quote: true, size: '99.87', price: '68925.98' };
    expect(read(inQuote)).toMatchObject({ quantity: '0.00144895' });
    expect(read({ ...inQuote, size: '99.8684349416' })).toMatchObject({ quantity: '0.00144892' });
  });

  it('are no reversals, corrections or synthetic trades', () => {
    for (const type of ['REVERSAL', 'CORRECTION', 'SYNTHETIC'])
      expect(isExecution(asObject(json({ ...FILL, trade_type: type }), 'fill'))).toBe(false);
    expect(isExecution(asObject(json(FILL), 'fill'))).toBe(true);
  });
});

describe('balances', () => {
  const account = (change: object) => ({
    uuid: '8bfc20d7-f7c6-4422-bf07-8243ca4169fe',
    name: 'BTC Wallet',
    currency: 'BTC',
    available_balance: { value: '1.234567890123456789', currency: 'BTC' },
    default: false,
    active: true,
    type: 'ACCOUNT_TYPE_CRYPTO',
    ready: true,
    hold: { value: '0.5', currency: 'BTC' },
    ...change,
  });

  it('are what is available and what orders hold', () => {
    expect(plain(balanceFrom(asObject(json(account({})), 'account')))).toEqual({
      wallet: 'spot',
      asset: 'BTC',
      total: '1.734567890123456789',
      free: '1.234567890123456789',
      lockedByOrders: '0.5',
      collateralRate: null,
    });
  });

  it('are of one account for each currency: its default one, or its only one; vaults are no part of them', () => {
    const rows = [
      account({ uuid: 'other' }),
      account({ uuid: 'usual', default: true }),
      account({ uuid: 'usd', currency: 'USD', type: 'ACCOUNT_TYPE_FIAT' }),
      account({ uuid: 'vault', currency: 'ETH', type: 'ACCOUNT_TYPE_VAULT' }),
    ];
    expect(currencyAccountsIn(rows.map(json)).map(({ uuid }) => uuid)).toEqual(['usual', 'usd']);
  });
});

describe('account records', () => {
  const entry = (type: string, amount: string, change: object = {}) =>
    json({
      id: `id of ${type} ${amount}`,
      type,
      status: 'completed',
      amount: { amount, currency: 'BTC' },
      native_amount: { amount: '1', currency: 'USD' },
      created_at: '2021-05-31T09:59:59Z',
      resource: 'transaction',
      ...change,
    });

  it('carry the id, the amount and the time of the entry', () => {
    expect(plain(recordsFrom([entry('send', '-0.000000012345')]))).toEqual([
      {
        recordId: 'id of send -0.000000012345',
        kind: 'withdrawal',
        venueKind: 'send',
        wallet: 'spot',
        asset: 'BTC',
        amount: '-0.000000012345',
        symbol: null,
        positionSide: 'net',
        tradeId: null,
        at: Date.UTC(2021, 4, 31, 9, 59, 59),
      },
    ]);
  });

  it.each([
    ['send', '1', 'deposit'],
    ['receive', '1', 'deposit'],
    ['fiat_withdrawal', '-1', 'withdrawal'],
    ['transfer', '-1', 'transfer_out'],
    ['vault_withdrawal', '1', 'transfer_in'],
    ['trade', '-1', 'conversion'],
    ['staking_reward', '1', 'interest'],
    ['incentives_rewards_payout', '1', 'airdrop'],
    ['something_new', '1', 'other'],
  ])('%s of %s is %s', (type, amount, kind) => {
    expect(recordsFrom([entry(type, amount)])).toMatchObject([{ kind, venueKind: type }]);
  });

  it('leave out what executions say, and what has not moved a balance', () => {
    const pending = { status: 'pending' };
    expect(recordsFrom([entry('advanced_trade_fill', '-1'), entry('receive', '1', pending)])).toEqual([]);
    expect(recordsFrom([entry('send', '-1', { status: 'waiting_for_signature' })])).toEqual([]);
  });

  it.each(['failed', 'canceled', 'expired'])(
    'have what left while it was pending once more the other way when it is %s',
    (status) => {
      const amounts = (is: string) =>
        recordsFrom([entry('send', '-1', { id: 'a', status: is })]).map(({ recordId, amount }) => [
          recordId,
          amount.toString(),
        ]);
      expect(amounts('pending')).toEqual([['a', '-1']]);
      expect(amounts(status)).toEqual([
        ['a', '-1'],
        ['a given back', '1'],
      ]);
    },
  );
});

describe('the user stream', () => {
  const streamed = (change: object = {}) => ({
    order_id: 'a1b2c3d4',
    client_order_id: 'id1',
    cumulative_quantity: '0',
    leaves_quantity: '0.001',
    avg_price: '0',
    total_fees: '0',
    status: 'OPEN',
    product_id: 'BTC-USD',
    creation_time: '2026-04-07T14:29:55.123456Z',
    order_side: 'BUY',
    order_type: 'Limit',
    cancel_reason: '',
    reject_reason: '',
    limit_price: '68900.5',
    number_of_fills: '0',
    trigger_status: 'INVALID_ORDER_TYPE',
    ...change,
  });
  const message = (sequence_num: number, type: string, ...orders: readonly object[]) =>
    JSON.stringify({
      channel: 'user',
      client_id: '',
      timestamp: '2026-04-07T14:30:06.000000Z',
      sequence_num,
      events: [{ type, orders, positions: {} }],
    });
  const messages = () => {
    const ids = new KnownIds();
    return { ids, reader: new PrivateMessages({ names: names(), ids, count: new MessageCount() }) };
  };

  it('says the state of an order, and that it has executions to be read', () => {
    const { ids, reader } = messages();
    const read = (...from: Parameters<typeof message>) => plain(reader.read(message(...from)));
    const report = {
      symbol: 'BTC/USD',
      venueOrderId: 'a1b2c3d4',
      venueClientOrderId: 'id1',
      status: 'open',
      side: 'buy',
      positionSide: 'net',
      quantity: '0.001',
      price: '68900.5',
      filledQuantity: '0',
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: Date.UTC(2026, 3, 7, 14, 30, 6),
    };
    expect(read(1, 'update', streamed())).toEqual([{ kind: 'order', report, fill: null }]);
    expect(ids.get(venueClientOrderId('id1'))).toBe('a1b2c3d4');
    const partly = { cumulative_quantity: '0.0004', leaves_quantity: '0.0006', number_of_fills: '2' };
    const unstated = { kind: 'unstated', symbol: 'BTC/USD', venueOrderId: 'a1b2c3d4' };
    expect(read(2, 'update', streamed(partly))).toMatchObject([
      { report: { status: 'partially_filled', quantity: '0.001', filledQuantity: '0.0004' } },
      unstated,
    ]);
    const canceled = { ...partly, status: 'CANCELLED', leaves_quantity: '0', cancel_reason: 'Expired' };
    expect(read(3, 'update', streamed(canceled))).toMatchObject([
      { report: { status: 'canceled', quantity: null, venueReason: 'Expired' } },
    ]);
  });

  it('has all executions once as many are read as it counts, or as much where it counts none', () => {
    const { reader } = messages();
    const id = venueOrderId('a1b2c3d4');
    const fills = [fillFrom(json({ ...FILL, size: '0.0004' }), names())];
    expect(reader.areAll(id, [])).toBe(true);
    reader.read(message(1, 'update', streamed({ cumulative_quantity: '0.0004', number_of_fills: '2' })));
    expect(reader.areAll(id, fills)).toBe(false);
    expect(reader.areAll(id, [...fills, ...fills])).toBe(true);
    const { number_of_fills: _left, ...without } = streamed({ cumulative_quantity: '0.0008' });
    reader.read(message(2, 'update', without));
    expect(reader.areAll(id, fills)).toBe(false);
    expect(reader.areAll(id, [...fills, ...fills])).toBe(true);
  });

  it('says nothing by the batches that a connection begins with, by other channels and futures', () => {
    const { reader } = messages();
    expect(reader.read(message(0, 'snapshot', streamed()))).toEqual([]);
    expect(reader.read(message(1, 'patch', streamed()))).toEqual([]);
    expect(reader.read(message(2, 'update', streamed({ product_id: 'BIP-20DEC30-CDE' })))).toEqual([]);
    expect(reader.read('{"channel":"heartbeats","sequence_num":3,"events":[]}')).toEqual([]);
  });

  it('announces what is missing, takes what comes late and drops what comes twice', () => {
    const { reader } = messages();
    const kinds = (number: number, id: string) =>
      reader.read(message(number, 'update', streamed({ order_id: id }))).map(({ kind }) => kind);
    expect(kinds(0, 'a')).toEqual(['order']);
    expect(kinds(2, 'b')).toEqual(['gap', 'order']);
    expect(kinds(1, 'c')).toEqual(['order']);
    expect(kinds(2, 'b')).toEqual([]);
  });

  it('ends with an error of the venue', () => {
    expect(messages().reader.read('{"type":"error","message":"authentication failure"}')).toEqual([
      { kind: 'ended', reason: 'the venue says: authentication failure' },
    ]);
  });
});

describe('market data', () => {
  const book = {
    pricebook: {
      product_id: 'BTC-USD',
      bids: [
        { price: '68923.66', size: '0.17189468' },
        { price: '68923', size: '0.05795895' },
      ],
      asks: [{ price: '68923.67', size: '0.16987193' }],
      time: '2026-04-07T00:28:59.662782Z',
    },
    last: '68923.665',
  };

  it('reads a book, no deeper than asked, and its best prices', () => {
    const read = plain(bookFrom(json(book), instrumentSymbol('BTC/USD'), 1, 5));
    expect(read).toEqual({
      symbol: 'BTC/USD',
      bids: [{ price: '68923.66', quantity: '0.17189468' }],
      asks: [{ price: '68923.67', quantity: '0.16987193' }],
      venueAt: Date.UTC(2026, 3, 7, 0, 28, 59, 662),
      receivedAt: 5,
    });
    expect(plain(topFrom(json({ ...book.pricebook, asks: [] })))).toMatchObject({
      bid: '68923.66',
      bidQuantity: '0.17189468',
      ask: null,
      askQuantity: null,
    });
  });

  it('reads trades oldest first, whose side is that of the maker', () => {
    const trade = (id: string, side: string) => ({
      trade_id: id,
      product_id: 'BTC-USD',
      price: '68923.67',
      size: '0.00064',
      time: '2026-04-07T00:28:58.544778Z',
      side,
      exchange: 'coinbase',
    });
    expect(plain(tradesFrom(json({ trades: [trade('2', 'SELL'), trade('1', 'BUY')] })))).toMatchObject([
      { tradeId: '1', takerSide: 'sell' },
      { tradeId: '2', takerSide: 'buy', quantity: '0.00064' },
    ]);
  });

  it('reads candles without an amount in quote, and makes the figures of a day of them', () => {
    const candles = candlesFrom(
      json({
        candles: [
          { start: '1712192400', low: '90', high: '130', open: '120', close: '110', volume: '2.5' },
          { start: '1712188800', low: '95', high: '125', open: '100', close: '120', volume: '1.25' },
        ],
      }),
      '1h',
      1_712_193_000_000,
    );
    expect(plain(candles)).toMatchObject([
      { openedAt: 1_712_188_800_000, open: '100', quoteVolume: null, isComplete: true },
      { openedAt: 1_712_192_400_000, closesAt: 1_712_195_999_999, isComplete: false },
    ]);
    expect(plain(dayFiguresOf(candles))).toEqual({
      last: '110',
      open: '100',
      high: '130',
      low: '90',
      volume: '3.75',
      quoteVolume: null,
      change: '10',
      changePercent: '10',
      closesAt: null,
    });
    expect(dayFiguresOf([]).last).toBeNull();
  });
});

describe('other answers', () => {
  it('give the time, the rights of a key, and where a list goes on', () => {
    expect(timeFrom(json({ iso: '', epochSeconds: '1790000000', epochMillis: '1790000000123' }))).toBe(
      1_790_000_000_123,
    );
    const key = { can_view: true, can_trade: true, can_transfer: true, portfolio_uuid: '' };
    expect(permissionsFrom(json(key))).toMatchObject({
      canTradeSpot: true,
      canTradeSwaps: false,
      canWithdraw: true,
    });
    expect(pageOf(json({ fills: [1], cursor: 'next' }), 'fills').next).toBe('next');
    expect(pageOf(json({ fills: [], cursor: 'next' }), 'fills').next).toBeNull();
    expect(pageOf(json({ orders: [1], cursor: 'next', has_next: false }), 'orders').next).toBeNull();
    expect(pageOf(json({ fills: [1], cursor: '' }), 'fills').next).toBeNull();
  });

  it('remember the venue\u2019s ids of orders by ours', () => {
    const ids = new KnownIds();
    ids.note(null, venueOrderId('0'));
    ids.note(venueClientOrderId('a'), venueOrderId('1'));
    ids.note(venueClientOrderId('a'), venueOrderId('2'));
    expect(ids.get(venueClientOrderId('a'))).toBe('1');
    for (let index = 0; index < 10_000; index += 1)
      ids.note(venueClientOrderId(`id${index}`), venueOrderId(String(index)));
    expect(ids.get(venueClientOrderId('a'))).toBeUndefined();
  });
});
