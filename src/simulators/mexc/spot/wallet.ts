/**
 * Ways into the spot wallet of a MEXC account and out of it: coins with their networks, addresses, transfers to contracts, withdrawals.
 *
 * Entry point: `walletEndpoints`. Source: the wallet endpoints of the spot v3 documentation. No deposit or withdrawal goes over a network here, so
 * that their figures are of the kind that the pages show.
 */
import { createHash } from 'node:crypto';
import type { Exchange } from '../../exchange/exchange.ts';
import type { WalletName } from '../../exchange/policy.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { insufficientBalance, malformed, missing, noPermission } from './errors.ts';
import { coinId, SPOT_LISTINGS } from './instruments.ts';
import type { Json } from './order-json.ts';
import type { Parameters } from './parameters.ts';

interface Network {
  /** `netWork`, by which requests name it. */
  readonly id: string;
  readonly name: string;
  readonly fee: string;
  readonly least: string;
}

const ETHEREUM = { id: 'ETH', name: 'Ethereum(ERC20)' } as const;
const NETWORKS: Readonly<Record<string, readonly Network[]>> = {
  USDT: [
    { ...ETHEREUM, fee: '1', least: '10' },
    { id: 'TRX', name: 'Tron(TRC20)', fee: '1', least: '2' },
  ],
  BTC: [{ id: 'BTC', name: 'Bitcoin(BTC)', fee: '0.0001', least: '0.0005' }],
  ETH: [{ ...ETHEREUM, fee: '0.0005', least: '0.005' }],
  SOL: [{ id: 'SOL', name: 'Solana(SOL)', fee: '0.008', least: '0.1' }],
  XRP: [{ id: 'XRP', name: 'Ripple(XRP)', fee: '0.2', least: '2' }],
  DOGE: [{ id: 'DOGE', name: 'Dogecoin(DOGE)', fee: '4', least: '20' }],
};

const COINS: readonly string[] = [
  ...new Set(SPOT_LISTINGS.flatMap(({ symbol }) => [symbol.base, symbol.quote])),
];

function networksOf(coin: string): readonly Network[] {
  return NETWORKS[coin] ?? [{ ...ETHEREUM, fee: '1', least: '2' }];
}

/** The network that entries of a coin name. */
export function usualNetwork(coin: string): string {
  return networksOf(coin)[0]?.id ?? coin;
}

export function walletEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('/api/v3/capital/config/getall', 'other', () => COINS.map(coinJson)),
    privateEndpoint('/api/v3/capital/deposit/address', 'other', addresses),
    tradingEndpoint('POST', '/api/v3/capital/deposit/address', 'other', addresses),
    privateEndpoint('/api/v3/capital/withdraw/address', 'other', () => ({
      data: [],
      totalRecords: 0,
      page: 1,
      totalPageNum: 0,
    })),
    tradingEndpoint('POST', '/api/v3/capital/transfer', 'other', (call) => transfer(exchange, call)),
    privateEndpoint('/api/v3/capital/transfer/tranId', 'other', (call) => transferNamed(exchange, call)),
    ...['/api/v3/capital/withdraw', '/api/v3/capital/withdraw/apply'].map((path) =>
      tradingEndpoint('POST', path, 'other', (call) => withdraw(exchange, call)),
    ),
    privateEndpoint('/api/v3/capital/transfer/internal', 'other', () => ({
      page: 1,
      totalRecords: 0,
      totalPageNum: 0,
      data: [],
    })),
    privateEndpoint('/api/v3/capital/convert/list', 'other', () => []),
    privateEndpoint('/api/v3/capital/convert', 'other', () => ({
      data: [],
      totalRecords: 0,
      page: 1,
      totalPageNum: 0,
    })),
  ];
}

function coinJson(coin: string): Json {
  return {
    coin,
    Name: coin,
    networkList: networksOf(coin).map(({ id, name, fee, least }) => ({
      coin,
      depositDesc: null,
      depositEnable: true,
      minConfirm: 12,
      Name: coin,
      network: name,
      withdrawEnable: true,
      withdrawFee: fee,
      withdrawIntegerMultiple: null,
      withdrawMax: '1000000',
      withdrawMin: least,
      sameAddress: false,
      contract: '',
      withdrawTips: null,
      depositTips: null,
      netWork: id,
    })),
  };
}

function knownCoin(parameters: Parameters, name = 'coin'): string {
  const coin = parameters.required(name);
  if (!COINS.includes(coin)) throw malformed(name);
  return coin;
}

/** Always the same for an account and coin. */
function addresses({ parameters, accountId }: AccountCall): unknown {
  const coin = knownCoin(parameters);
  const network = parameters.optional('network');
  const address = createHash('sha256').update(`${accountId} ${coin}`).digest('hex').slice(0, 40);
  return networksOf(coin)
    .filter(({ id, name }) => network === undefined || id === network || name === network)
    .map(({ id, name }) => ({ coin, network: name, address: `0x${address}`, memo: null, netWork: id }));
}

const WALLETS: Readonly<Record<string, WalletName>> = { SPOT: 'spot', FUTURES: 'swap' };

function readWallet(parameters: Parameters, name: string): WalletName {
  const wallet = WALLETS[parameters.required(name)];
  if (wallet === undefined) throw malformed(name);
  return wallet;
}

function transfer(exchange: Exchange, { parameters, accountId, at }: AccountCall): unknown {
  const asset = knownCoin(parameters, 'asset');
  const amount = parameters.requiredDecimal('amount');
  const from = readWallet(parameters, 'fromAccountType');
  const to = readWallet(parameters, 'toAccountType');
  if (from === to) throw malformed('toAccountType');
  const moved = exchange.transfer(at, accountId, asset, amount, from, to);
  if (!moved.ok) {
    if (moved.refusal.code === 'insufficient_balance') throw insufficientBalance();
    throw malformed('amount');
  }
  return [{ tranId: transferId(exchange.entries(accountId).at(-1)?.number ?? 0) }];
}

/** The id of a transfer by the number of its entries. */
export function transferId(number: number): string {
  return coinId(`transfer ${number}`);
}

function transferNamed(exchange: Exchange, { parameters, accountId }: AccountCall): unknown {
  const tranId = parameters.required('tranId');
  const entry = exchange
    .entries(accountId)
    .find(
      ({ kind, number, amount }) =>
        kind === 'transfer' && amount.isNegative() && transferId(number) === tranId,
    );
  if (entry === undefined) throw malformed('tranId');
  const nameOf = (wallet: WalletName | null): string => (wallet === 'swap' ? 'FUTURES' : 'SPOT');
  return {
    tranId,
    clientTranId: null,
    asset: entry.asset,
    amount: entry.amount.abs().toString(),
    fromAccountType: nameOf(entry.wallet),
    toAccountType: nameOf(entry.otherWallet),
    symbol: null,
    status: 'SUCCESS',
    timestamp: entry.at,
  };
}

/** By a key that may withdraw; the fee of the network is left out. */
function withdraw(exchange: Exchange, { parameters, accountId, at }: AccountCall): unknown {
  if (exchange.account(accountId)?.permissions.withdraw !== true) throw noPermission();
  const coin = knownCoin(parameters);
  if (!parameters.has('address')) throw missing('address');
  const amount = parameters.requiredDecimal('amount');
  if (!amount.isPositive()) throw malformed('amount');
  const taken = exchange.deposit(at, accountId, 'spot', coin, amount.negate());
  if (!taken.ok) throw insufficientBalance();
  return { id: coinId(String(exchange.entries(accountId).at(-1)?.number ?? 0)) };
}
