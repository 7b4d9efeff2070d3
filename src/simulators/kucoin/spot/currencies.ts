/**
 * KuCoin's currencies, their chains, and the addresses at which an account takes them.
 *
 * Entry points: `currencyEndpoints`, `chainFrom`, `COINS`. Sources: "Get All Currencies", "Get Currency", "Get Withdrawal Quotas", "Get Deposit
 * Address (V1, V2, V3)" and "Add Deposit Address (V3)" of the documentation. Chains and their figures are not simulated.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import {
  depositAddress,
  fullNameOf,
  networkFor,
  networksOf,
  type CoinNetwork,
  type NetworkName,
} from '../../wire/coin-networks.ts';
import {
  privateEndpoint,
  publicEndpoint,
  tradingEndpoint,
  type AccountCall,
  type Endpoint,
} from '../access.ts';
import { KucoinRefusal, malformed } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import type { Json } from './order-json.ts';
import { SPOT_SYMBOLS } from './symbols.ts';

export const COINS: readonly string[] = [
  ...new Set(SPOT_SYMBOLS.flatMap(({ base, quote }) => [base, quote])),
];

/** `chainId` and `chainName`. */
const CHAINS: Readonly<Record<Exclude<NetworkName, 'own'>, readonly [id: string, name: string]>> = {
  bitcoin: ['btc', 'BTC'],
  ethereum: ['eth', 'ERC20'],
  tron: ['trx', 'TRC20'],
  solana: ['sol', 'SOL'],
  ripple: ['xrp', 'XRP'],
  dogecoin: ['doge', 'DOGE'],
  bitcoin_cash: ['bch', 'BCH'],
};

export function chainOf(network: NetworkName, coin: string): readonly [id: string, name: string] {
  return network === 'own' ? [coin.toLowerCase(), coin] : CHAINS[network];
}

export function currencyEndpoints(exchange: Exchange): Endpoint[] {
  return [
    publicEndpoint('v3/currencies', 'other', 3, () => COINS.map((coin) => currencyJson(coin))),
    publicEndpoint('v3/currencies/:currency', 'other', 3, ({ parameters: { parameters } }) => {
      const chain = parameters.optional('chain');
      const coin = parameters.required('currency');
      if (!COINS.includes(coin)) throw new KucoinRefusal('900003', 'Currency does not exist');
      return currencyJson(coin, chain);
    }),
    privateEndpoint('v1/withdrawals/quotas', 'other', ['management', 20], (call) => quota(exchange, call)),
    // One address, those of every chain, and those of the third version, which say the account that they lead to.
    privateEndpoint('v1/deposit-addresses', 'other', ['management', 5], (call) => {
      const coin = coinFrom(call.parameters.parameters);
      return addressJson(call.accountId, coin, chainFrom(call.parameters.parameters, coin), 1);
    }),
    ...([2, 3] as const).map((version) =>
      privateEndpoint(`v${version}/deposit-addresses`, 'other', ['management', 5], (call) => {
        const { parameters } = call.parameters;
        const coin = coinFrom(parameters);
        const networks = parameters.has('chain') ? [chainFrom(parameters, coin)] : networksOf(coin);
        return networks.map((network) => addressJson(call.accountId, coin, network, version));
      }),
    ),
    tradingEndpoint('POST', 'v3/deposit-address/create', 'other', ['management', 20], (call) => {
      const coin = coinFrom(call.parameters.parameters);
      return addressJson(call.accountId, coin, chainFrom(call.parameters.parameters, coin), 3);
    }),
  ];
}

export function coinFrom(parameters: Parameters): string {
  const coin = parameters.required('currency');
  if (!COINS.includes(coin)) throw new KucoinRefusal('900003', 'Currency does not exist');
  return coin;
}

/** The chain that a request names by its id or its name; without one the coin's usual chain. */
export function chainFrom(parameters: Parameters, coin: string): CoinNetwork {
  const name = parameters.optional('chain');
  const found =
    networkFor(coin, name, (network) => chainOf(network, coin)[0]) ??
    networkFor(coin, name, (network) => chainOf(network, coin)[1]);
  if (found === undefined) throw malformed('chain');
  return found;
}

function currencyJson(coin: string, chain?: string): Json {
  const chains = networksOf(coin)
    .filter(({ network }) => chain === undefined || chainOf(network, coin).includes(chain))
    .map((network) => ({
      chainName: chainOf(network.network, coin)[1],
      withdrawalMinSize: network.leastWithdrawal,
      depositMinSize: network.leastDeposit,
      withdrawFeeRate: '0',
      withdrawalMinFee: network.withdrawalFee,
      isWithdrawEnabled: true,
      isDepositEnabled: true,
      confirms: network.confirmations,
      preConfirms: network.confirmations,
      contractAddress: network.contract,
      withdrawPrecision: network.withdrawalScale,
      maxWithdraw: null,
      maxDeposit: null,
      needTag: network.needsMemo,
      chainId: chainOf(network.network, coin)[0],
    }));
  return {
    currency: coin,
    name: coin,
    fullName: fullNameOf(coin),
    precision: 8,
    confirms: null,
    contractAddress: null,
    isMarginEnabled: true,
    isDebitEnabled: true,
    chains,
  };
}

function quota(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): Json {
  const coin = coinFrom(parameters);
  const network = chainFrom(parameters, coin);
  const free = exchange.balances(accountId, 'funding').find(({ asset }) => asset === coin)?.free;
  return {
    currency: coin,
    limitBTCAmount: '15.79590095',
    usedBTCAmount: '0.00000000',
    quotaCurrency: 'USDT',
    limitQuotaCurrencyAmount: '999999.00000000',
    usedQuotaCurrencyAmount: '0',
    remainAmount: '999999.0000',
    availableAmount: free?.toString() ?? '0',
    withdrawMinFee: network.withdrawalFee,
    innerWithdrawMinFee: '0',
    withdrawMinSize: network.leastWithdrawal,
    isWithdrawEnabled: true,
    precision: network.withdrawalScale,
    chain: chainOf(network.network, coin)[1],
    reason: null,
    lockedAmount: '0',
  };
}

function addressJson(accountId: string, coin: string, network: CoinNetwork, version: 1 | 2 | 3): Json {
  const { address, memo } = depositAddress(accountId, coin, network);
  const [chainId, chainName] = chainOf(network.network, coin);
  const { contract: contractAddress } = network;
  switch (version) {
    case 1:
      return { currency: coin, chain: chainName, chainId, address, memo, to: 'MAIN', contractAddress };
    case 2:
      return { address, memo, chain: chainName, chainId, to: 'MAIN', currency: coin, contractAddress };
    case 3:
      return {
        address,
        memo,
        chainId,
        to: 'MAIN',
        expirationDate: 0,
        currency: coin,
        contractAddress,
        chainName,
      };
  }
}
