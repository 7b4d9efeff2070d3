/**
 * The networks on which coins reach an exchange and leave it, which no simulator runs: figures of the kind that exchanges publish, for their lists
 * of currencies, and addresses that are always the same for an account.
 *
 * Entry points: `networksOf`, `networkFor`, `depositAddress`, `fullNameOf`. A venue writes the networks in its own words; a coin that stands nowhere
 * here has one network of its own name.
 */
import { createHash } from 'node:crypto';

export type NetworkName =
  | 'bitcoin'
  | 'ethereum'
  | 'tron'
  | 'solana'
  | 'ripple'
  | 'dogecoin'
  | 'bitcoin_cash'
  | 'own';

/** One network of one coin. Amounts are in units of the coin. */
export interface CoinNetwork {
  readonly network: NetworkName;
  readonly withdrawalFee: string;
  readonly leastWithdrawal: string;
  readonly leastDeposit: string;
  /** Digits behind the point of an amount that is withdrawn. */
  readonly withdrawalScale: number;
  /** Blocks until a deposit counts, and until it may be withdrawn again. */
  readonly confirmations: number;
  readonly unlockConfirmations: number;
  /** Address of the token; empty for the network's own coin. */
  readonly contract: string;
  /** Whether a deposit needs a memo beside its address. */
  readonly needsMemo: boolean;
}

type Figures = readonly [
  network: NetworkName,
  withdrawalFee: string,
  leastWithdrawal: string,
  leastDeposit: string,
  contract?: string,
];

/** Blocks of each network, whether it needs a memo, and the digits of its amounts. */
const NETWORKS: Readonly<Record<NetworkName, readonly [number, number, boolean, number]>> = {
  bitcoin: [1, 2, false, 8],
  ethereum: [32, 64, false, 8],
  tron: [20, 38, false, 6],
  solana: [100, 200, false, 8],
  ripple: [1, 1, true, 6],
  dogecoin: [40, 60, false, 8],
  bitcoin_cash: [10, 20, false, 8],
  own: [12, 24, false, 8],
};

const FULL_NAMES: Readonly<Record<string, string>> = {
  BTC: 'Bitcoin',
  ETH: 'Ethereum',
  SOL: 'Solana',
  XRP: 'XRP',
  DOGE: 'Dogecoin',
  BGB: 'Bitget Token',
  USDT: 'Tether',
  USDC: 'USD Coin',
};

const COINS: Readonly<Record<string, readonly Figures[]>> = {
  BTC: [['bitcoin', '0.0001', '0.0005', '0.0001']],
  ETH: [['ethereum', '0.0012', '0.005', '0.001']],
  SOL: [['solana', '0.008', '0.1', '0.01']],
  XRP: [['ripple', '0.2', '10', '1']],
  DOGE: [['dogecoin', '4', '20', '5']],
  BGB: [['ethereum', '2', '10', '1', '0x54d2252757e1672eead234d27b1270728ff90581']],
  USDT: [
    ['ethereum', '2', '10', '1', '0xdac17f958d2ee523a2206206994597c13d831ec7'],
    ['tron', '1', '10', '1', 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t'],
    ['solana', '1', '10', '1', 'Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB'],
  ],
  USDC: [
    ['ethereum', '2', '10', '1', '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48'],
    ['solana', '1', '10', '1', 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkTDt1v'],
  ],
};

const UNKNOWN: readonly Figures[] = [['own', '0.1', '1', '0.1']];

/** The networks of a coin, the usual one first. */
export function networksOf(coin: string): readonly CoinNetwork[] {
  return (COINS[coin] ?? UNKNOWN).map(
    ([network, withdrawalFee, leastWithdrawal, leastDeposit, contract = '']) => {
      const [confirmations, unlockConfirmations, needsMemo, withdrawalScale] = NETWORKS[network];
      return {
        network,
        withdrawalFee,
        leastWithdrawal,
        leastDeposit,
        withdrawalScale,
        confirmations,
        unlockConfirmations,
        contract,
        needsMemo,
      };
    },
  );
}

/** The network of a coin that the venue calls `name`; the usual one where none is named, undefined where the coin does not have it. */
export function networkFor(
  coin: string,
  name: string | undefined,
  nameOf: (network: NetworkName, coin: string) => string,
): CoinNetwork | undefined {
  const networks = networksOf(coin);
  if (name === undefined) return networks[0];
  const wanted = name.toLowerCase();
  return networks.find(({ network }) => nameOf(network, coin).toLowerCase() === wanted);
}

export function fullNameOf(coin: string): string {
  return FULL_NAMES[coin] ?? coin;
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const DIGITS = '0123456789';
const HEX = '0123456789abcdef';

const FORMS: Readonly<Record<NetworkName, readonly [prefix: string, alphabet: string, length: number]>> = {
  bitcoin: ['bc1q', BECH32, 38],
  ethereum: ['0x', HEX, 40],
  tron: ['T', BASE58, 33],
  solana: ['', BASE58, 44],
  ripple: ['r', BASE58, 33],
  dogecoin: ['D', BASE58, 33],
  bitcoin_cash: ['q', BECH32, 41],
  own: ['0x', HEX, 40],
};

/** An address of the network's form, and the memo where it needs one, else empty. Nobody holds its key. */
export function depositAddress(
  accountId: string,
  coin: string,
  { network, needsMemo }: Pick<CoinNetwork, 'network' | 'needsMemo'>,
): { readonly address: string; readonly memo: string } {
  const [prefix, alphabet, length] = FORMS[network];
  const seed = createHash('sha512').update(`${accountId} ${coin} ${network}`).digest();
  const letters = (from: string, count: number): string =>
    Array.from({ length: count }, (_, index) => from[(seed[index] ?? 0) % from.length]).join('');
  return {
    address: `${prefix}${letters(alphabet, length)}`,
    memo: needsMemo ? `1${letters(DIGITS, 8)}` : '',
  };
}

/** The id of a transfer on the network; always the same for an entry of an account. */
export function transactionId(accountId: string, number: number): string {
  return createHash('sha256').update(`${accountId} transaction ${number}`).digest('hex');
}
