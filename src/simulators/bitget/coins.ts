/**
 * Bitget's coins, their chains, and the addresses at which an account takes them.
 *
 * Entry points: `coinsJson`, `chainFrom`, `chainName`, `COINS`. Sources: "Get Coin Info" of the classic account's documentation, "Get Deposit
 * Address" of the unified account's. Chains and their figures are not simulated.
 */
import { networkFor, networksOf, type CoinNetwork, type NetworkName } from '../wire/coin-networks.ts';
import { BitgetRefusal, malformed } from './errors.ts';
import type { Json } from './order-json.ts';
import type { Parameters } from './parameters.ts';
import { BITGET_SYMBOLS } from './symbols.ts';

export const COINS: readonly string[] = [
  ...new Set(
    BITGET_SYMBOLS.filter(({ category }) => category === 'SPOT').flatMap(({ base, quote }) => [quote, base]),
  ),
];

const CHAINS: Readonly<Record<Exclude<NetworkName, 'own'>, readonly [name: string, explorer: string]>> = {
  bitcoin: ['BTC', 'https://blockchair.com/bitcoin/transaction/'],
  ethereum: ['ERC20', 'https://etherscan.io/tx/'],
  tron: ['TRC20', 'https://tronscan.org/#/transaction/'],
  solana: ['SOL', 'https://solscan.io/tx/'],
  ripple: ['XRP', 'https://livenet.xrpl.org/transactions/'],
  dogecoin: ['DOGE', 'https://dogechain.info/tx/'],
  bitcoin_cash: ['BCH', 'https://blockchair.com/bitcoin-cash/transaction/'],
};

/** Ether on its own chain is `ETH`. */
export function chainName(network: NetworkName, coin: string): string {
  if (network === 'own' || (network === 'ethereum' && coin === 'ETH')) return coin;
  return CHAINS[network][0];
}

/** The coin that `coin` names. */
export function coinFrom(parameters: Parameters): string {
  const coin = parameters.required('coin').toUpperCase();
  if (!COINS.includes(coin)) throw new BitgetRefusal('40034', 'Parameter coin does not exist');
  return coin;
}

/** The chain that `chain` names; without it the coin's usual one. */
export function chainFrom(parameters: Parameters, coin: string): CoinNetwork {
  const network = networkFor(coin, parameters.optional('chain'), chainName);
  if (network === undefined) throw malformed('chain');
  return network;
}

/** The coins, or the one that is named. */
export function coinsJson(coin?: string): Json[] {
  return COINS.filter((one) => coin === undefined || one === coin.toUpperCase()).map((one) => ({
    coinId: String(COINS.indexOf(one) + 1),
    coin: one,
    transfer: 'true',
    chains: networksOf(one).map((network) => ({
      chain: chainName(network.network, one),
      needTag: String(network.needsMemo),
      withdrawable: 'true',
      rechargeable: 'true',
      withdrawFee: network.withdrawalFee,
      extraWithdrawFee: '0',
      depositConfirm: String(network.confirmations),
      withdrawConfirm: String(network.unlockConfirmations),
      minDepositAmount: network.leastDeposit,
      minWithdrawAmount: network.leastWithdrawal,
      browserUrl: network.network === 'own' ? '' : CHAINS[network.network][1],
      contractAddress: network.contract === '' ? null : network.contract,
      withdrawStep: '0',
      withdrawMinScale: String(network.withdrawalScale),
      congestion: 'normal',
    })),
    areaCoin: 'no',
  }));
}
