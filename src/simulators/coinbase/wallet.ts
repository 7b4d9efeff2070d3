/**
 * Coinbase's endpoints about an account itself: balances by currency, the rights of the key, fees, portfolios.
 *
 * Entry points: `walletEndpoints`, `currencyAccounts`. Sources: "List Accounts", "Get Account", "Get API Key Permissions", "Get Transaction
 * Summary" and "List Portfolios". A currency has an account of its own, with an id.
 */
import type { Exchange } from '../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { notFound } from './errors.ts';
import { idOf } from './instruments.ts';
import { portfolioIdOf, timeText, type Json } from './order-json.ts';
import { pageOf } from './pages.ts';
import { readToken } from './signing.ts';
import { COINBASE_PRODUCTS } from './symbols.ts';

const USUAL_ACCOUNTS = 49;
const MOST_ACCOUNTS = 250;
const FIAT: ReadonlySet<string> = new Set(['USD']);

export function isFiat(currency: string): boolean {
  return FIAT.has(currency);
}

export function walletEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('/accounts', 'balances', (call) => accounts(exchange, call)),
    privateEndpoint('/accounts/:account_uuid', 'balances', (call) => oneAccount(exchange, call)),
    privateEndpoint('/key_permissions', 'other', (call) => keyPermissions(exchange, call)),
    privateEndpoint('/transaction_summary', 'other', () => transactionSummary(exchange)),
    privateEndpoint('/portfolios', 'other', ({ accountId }) => ({
      portfolios: [{ name: 'Default', uuid: portfolioIdOf(accountId), type: 'DEFAULT', deleted: false }],
    })),
    privateEndpoint('/payment_methods', 'other', () => ({ payment_methods: [] })),
  ];
}

/** The currencies of the listed products and those that the account has, with the ids of their accounts. */
export function currencyAccounts(
  exchange: Exchange,
  accountId: string,
): readonly { readonly currency: string; readonly uuid: string }[] {
  const currencies = new Set(COINBASE_PRODUCTS.flatMap(({ base, quote }) => [base, quote]));
  for (const { asset } of exchange.balances(accountId, 'spot')) currencies.add(asset);
  return [...currencies].sort().map((currency) => ({ currency, uuid: idOf('account', accountId, currency) }));
}

function accountJson(exchange: Exchange, accountId: string, currency: string, uuid: string): Json {
  const balance = exchange.balances(accountId, 'spot').find(({ asset }) => asset === currency);
  const created = timeText(exchange.account(accountId)?.createdAt ?? 0);
  const held = balance === undefined ? '0' : balance.total.subtract(balance.free);
  return {
    uuid,
    name: `${currency} Wallet`,
    currency,
    available_balance: { value: balance?.free ?? '0', currency },
    default: true,
    active: true,
    created_at: created,
    updated_at: created,
    deleted_at: null,
    type: isFiat(currency) ? 'ACCOUNT_TYPE_FIAT' : 'ACCOUNT_TYPE_CRYPTO',
    ready: true,
    hold: { value: held, currency },
    retail_portfolio_id: portfolioIdOf(accountId),
    platform: 'ACCOUNT_PLATFORM_CONSUMER',
  };
}

function accounts(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): Json {
  const known = currencyAccounts(exchange, accountId);
  // By their names, for which pages have no order of their own: all are of one time.
  const rows = known.map(({ currency, uuid }, index) => ({
    at: known.length - index,
    id: currency,
    row: accountJson(exchange, accountId, currency, uuid),
  }));
  const page = pageOf(rows, parameters, USUAL_ACCOUNTS, MOST_ACCOUNTS);
  return { accounts: page.rows, has_next: page.hasNext, cursor: page.cursor, size: page.rows.length };
}

function oneAccount(exchange: Exchange, { parameters, accountId }: AccountCall): Json {
  const asked = parameters.pathParameter('account_uuid');
  const found = currencyAccounts(exchange, accountId).find(({ uuid }) => uuid === asked);
  if (found === undefined) throw notFound('account');
  return { account: accountJson(exchange, accountId, found.currency, found.uuid) };
}

/** Of the key that asks. */
function keyPermissions(exchange: Exchange, { parameters, accountId }: AccountCall): Json {
  const key = readToken(parameters.token)?.keyName ?? '';
  const may = exchange.accountByKey(key)?.permissions ?? { trade: false, withdraw: false };
  return {
    can_view: true,
    can_trade: may.trade,
    can_transfer: may.withdraw,
    can_receive: may.withdraw,
    portfolio_uuid: portfolioIdOf(accountId),
    portfolio_type: 'DEFAULT',
  };
}

function transactionSummary(exchange: Exchange): Json {
  const { maker, taker } = exchange.policyOf('spot').fees;
  return {
    total_fees: 0,
    fee_tier: {
      pricing_tier: 'Advanced 1',
      taker_fee_rate: taker,
      maker_fee_rate: maker,
      aop_from: '',
      aop_to: '',
      volume_types_and_range: [{ volume_types: ['VOLUME_TYPE_SPOT'], vol_from: '0', vol_to: '1000' }],
    },
    margin_rate: null,
    goods_and_services_tax: null,
    advanced_trade_only_volume: 0,
    advanced_trade_only_fees: 0,
    coinbase_pro_volume: 0,
    coinbase_pro_fees: 0,
    total_balance: '',
    volume_breakdown: [],
    has_cost_plus_commission: false,
  };
}
