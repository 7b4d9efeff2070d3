/**
 * The coins of Bybit and the chains that carry them: no deposit or withdrawal goes over a chain here, so that their figures are of the kind that
 * the venue's pages show.
 *
 * Entry points: `COINS`, `coinRows`, `addressRows`, `usualChain`. Sources: "Get Coin Info" and "Get Master Deposit Address" of the v5 documentation.
 */
import { createHash } from 'node:crypto';
import type { Json } from './order-json.ts';
import { BYBIT_SYMBOLS } from './symbols.ts';

interface Chain {
  readonly chain: string;
  readonly chainType: string;
  readonly fee: string;
  readonly least: string;
  readonly contract: string;
}

const ETHEREUM = { chain: 'ETH', chainType: 'Ethereum (ERC20)' } as const;

const CHAINS: Readonly<Record<string, readonly Chain[]>> = {
  USDT: [
    { ...ETHEREUM, fee: '1', least: '10', contract: '831ec7' },
    { chain: 'TRX', chainType: 'TRC20', fee: '1', least: '1', contract: 'jLj6t' },
  ],
  BTC: [{ chain: 'BTC', chainType: 'BTC', fee: '0.0001', least: '0.001', contract: '' }],
  ETH: [{ ...ETHEREUM, fee: '0.0005', least: '0.001', contract: '' }],
  SOL: [{ chain: 'SOL', chainType: 'SOL', fee: '0.008', least: '0.02', contract: '' }],
  XRP: [{ chain: 'XRP', chainType: 'XRP', fee: '0.2', least: '1', contract: '' }],
  DOGE: [{ chain: 'DOGE', chainType: 'Dogecoin', fee: '4', least: '20', contract: '' }],
};

/** Of spot: contracts may count a coin by the thousand. */
export const COINS: readonly string[] = [
  'USDT',
  ...BYBIT_SYMBOLS.filter(({ category }) => category === 'spot').map(({ base }) => base),
];

function chainsOf(coin: string): readonly Chain[] {
  return CHAINS[coin] ?? [];
}

/** The chain that records of a coin name. */
export function usualChain(coin: string): string {
  return chainsOf(coin)[0]?.chain ?? coin;
}

export function coinRows(asked: string | undefined): readonly Json[] {
  return COINS.filter((coin) => asked === undefined || coin === asked).map((coin) => ({
    name: coin,
    coin,
    remainAmount: '10000000',
    chains: chainsOf(coin).map(({ chain, chainType, fee, least, contract }) => ({
      chainType,
      confirmation: '6',
      withdrawFee: fee,
      depositMin: '0',
      withdrawMin: least,
      chain,
      chainDeposit: '1',
      chainWithdraw: '1',
      minAccuracy: '8',
      withdrawPercentageFee: '0',
      contractAddress: contract,
      safeConfirmNumber: '12',
    })),
  }));
}

/** Always the same for an account and coin. */
export function addressRows(accountId: string, coin: string, chain: string | undefined): readonly Json[] {
  const address = createHash('sha256').update(`${accountId} ${coin}`).digest('hex').slice(0, 40);
  return chainsOf(coin)
    .filter((one) => chain === undefined || one.chain === chain)
    .map((one) => ({
      chainType: one.chainType,
      addressDeposit: `0x${address}`,
      tagDeposit: '',
      chain: one.chain,
      batchReleaseLimit: '-1',
      contractAddress: one.contract,
    }));
}
