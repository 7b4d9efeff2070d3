/**
 * The currencies of OKX and the chains that carry them: no deposit or withdrawal goes over a chain here, so that their figures are of the kind
 * that the venue's pages show.
 *
 * Entry points: `CURRENCIES`, `currencyRows`, `addressRows`, `usualChain`. Sources: "Get currencies" and "Get deposit address" of the v5 documentation.
 */
import { createHash } from 'node:crypto';
import type { Json } from './market-data.ts';
import { OKX_SYMBOLS } from './symbols.ts';

interface Chain {
  readonly name: string;
  readonly fee: string;
  readonly least: string;
  readonly isMainNet: boolean;
  readonly contract: string;
  readonly confirmations: number;
}

const USDT_CHAINS: readonly Chain[] = [
  {
    name: 'ERC20',
    fee: '1.5',
    least: '2',
    isMainNet: false,
    contract: '831ec7',
    confirmations: 12,
  },
  { name: 'TRC20', fee: '1.5', least: '0.1', isMainNet: false, contract: 'jlj6t', confirmations: 1 },
];

/** Of coins with a chain of their own: its name, fee and least withdrawal. */
const OWN_CHAINS: Readonly<Record<string, readonly [name: string, fee: string, least: string]>> = {
  BTC: ['Bitcoin', '0.00005', '0.0005'],
  ETH: ['ERC20', '0.0004', '0.001'],
  SOL: ['Solana', '0.008', '0.1'],
  XRP: ['Ripple', '0.2', '2'],
  DOGE: ['Dogecoin', '4', '20'],
};

const NAMES: Readonly<Record<string, string>> = {
  USDT: 'Tether',
  BTC: 'Bitcoin',
  ETH: 'Ethereum',
  SOL: 'Solana',
  XRP: 'XRP',
  DOGE: 'Dogecoin',
  PEPE: 'Pepe',
};

export const CURRENCIES: readonly string[] = [
  'USDT',
  ...new Set(OKX_SYMBOLS.flatMap(({ base }) => (base === 'USDT' ? [] : [base]))),
];

function chainsOf(currency: string): readonly Chain[] {
  if (currency === 'USDT') return USDT_CHAINS;
  const [name, fee, least] = OWN_CHAINS[currency] ?? ['ERC20', '1', '1'];
  const isMainNet = OWN_CHAINS[currency] !== undefined;
  return [{ name, fee, least, isMainNet, contract: '', confirmations: 12 }];
}

/** The chain that records of a currency name. */
export function usualChain(currency: string): string {
  return `${currency}-${chainsOf(currency)[0]?.name ?? currency}`;
}

/** A row for each chain, of all currencies or of those that are named. */
export function currencyRows(asked: readonly string[] | undefined): readonly Json[] {
  return CURRENCIES.filter((currency) => asked?.includes(currency) ?? true).flatMap((currency) =>
    chainsOf(currency).map((chain) => ({
      burningFeeRate: '',
      canDep: true,
      canInternal: true,
      canWd: true,
      ccy: currency,
      chain: `${currency}-${chain.name}`,
      ctAddr: chain.contract,
      depEstOpenTime: '',
      depQuotaFixed: '',
      depQuoteDailyLayer2: '',
      fee: chain.fee,
      logoLink: '',
      mainNet: chain.isMainNet,
      maxFee: chain.fee,
      maxFeeForCtAddr: '',
      maxWd: '10000000',
      minDep: '0.00000001',
      minDepArrivalConfirm: String(chain.confirmations),
      minFee: chain.fee,
      minFeeForCtAddr: '',
      minInternal: '0.00000001',
      minWd: chain.least,
      minWdUnlockConfirm: String(chain.confirmations * 2),
      name: NAMES[currency] ?? currency,
      needTag: false,
      usedDepQuotaFixed: '',
      usedWdQuota: '0',
      wdEstOpenTime: '',
      wdQuota: '10000000',
      wdTickSz: '8',
    })),
  );
}

/** Always the same for an account and currency; 6 is the funding account. */
export function addressRows(accountId: string, currency: string): readonly Json[] {
  const address = createHash('sha256').update(`${accountId} ${currency}`).digest('hex').slice(0, 40);
  return chainsOf(currency).map(({ name, contract }, index) => ({
    addr: `0x${address}`,
    ccy: currency,
    chain: `${currency}-${name}`,
    ctAddr: contract,
    selected: index === 0,
    to: '6',
    verifiedName: '',
  }));
}
