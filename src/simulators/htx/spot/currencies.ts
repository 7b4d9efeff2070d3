/**
 * HTX's currencies with their chains, the addresses at which an account takes them, withdrawals and records of transfers.
 *
 * Entry points: `currencyEndpoints`, `currencies`. Sources: "APIv2 - Currency & Chains", "APIv2 - Query Deposit Address", "Create a Withdraw Request",
 * "Query Withdraw Quota" and "Query Withdraw Address" of the spot documentation; `/v5/account/universal_transfer_records` as ccxt reads it.
 * Chains and their figures are not simulated.
 */
import { decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { WalletName } from '../../exchange/policy.ts';
import { depositAddress, networksOf, type CoinNetwork, type NetworkName } from '../../wire/coin-networks.ts';
import {
  privateEndpoint,
  publicEndpoint,
  tradingEndpoint,
  type AccountCall,
  type Endpoint,
} from '../access.ts';
import { HtxRefusal } from '../errors.ts';
import { LISTINGS_OF } from '../instruments.ts';
import type { Json } from './order-json.ts';

export function currencyEndpoints(exchange: Exchange): Endpoint[] {
  return [
    publicEndpoint('v2', '/v2/reference/currencies', ({ parameters: { parameters } }) => {
      const asked = parameters.optional('currency');
      return currencies()
        .filter((currency) => asked === undefined || currency === asked)
        .map((currency) => ({
          currency,
          assetType: 1,
          chains: networksOf(currency.toUpperCase()).map((network) => chainJson(currency, network)),
          instStatus: 'normal',
        }));
    }),
    privateEndpoint({ form: 'v2', limit: 20 }, '/v2/account/deposit/address', 'other', (call) => {
      const currency = currencyFrom(call);
      return networksOf(currency.toUpperCase()).map((network) => {
        const { address, memo } = depositAddress(call.accountId, currency.toUpperCase(), network);
        return {
          userId: 0,
          currency,
          address,
          addressTag: memo,
          chain: chainOf(currency, network.network)[0],
        };
      });
    }),
    privateEndpoint({ form: 'v2', limit: 20 }, '/v2/account/withdraw/address', 'other', () => []),
    privateEndpoint({ form: 'v2', limit: 20 }, '/v2/account/withdraw/quota', 'other', (call) => {
      const currency = currencyFrom(call);
      return {
        currency,
        chains: networksOf(currency.toUpperCase()).map(({ network }) => ({
          chain: chainOf(currency, network)[0],
          maxWithdrawAmt: '1000000',
          withdrawQuotaPerDay: '1000000',
          remainWithdrawQuotaPerDay: '1000000',
        })),
      };
    }),
    tradingEndpoint({ form: 'v1', limit: 20 }, '/v1/dw/withdraw/api/create', 'other', (call) =>
      withdraw(exchange, call),
    ),
    privateEndpoint({ form: 'v2' }, '/v5/account/universal_transfer_records', 'other', (call) =>
      transferRecords(exchange, call),
    ),
  ];
}

/** In lower case, as the venue writes them. */
export function currencies(): readonly string[] {
  return ['usdt', ...LISTINGS_OF.spot.map(({ symbol }) => symbol.base.toLowerCase())];
}

function currencyFrom({ parameters: { parameters } }: AccountCall): string {
  const currency = parameters.required('currency').toLowerCase();
  if (!currencies().includes(currency)) throw new HtxRefusal('2002', 'invalid field value in "currency"');
  return currency;
}

/** Chains of tokens have names of their own: `chain`, `displayName`, `baseChain` and `baseChainProtocol`. */
const TOKENS: Readonly<
  Partial<Record<NetworkName, readonly [prefix: string, base: string, protocol: string]>>
> = {
  ethereum: ['', 'ETH', 'ERC20'],
  tron: ['trc20', 'TRX', 'TRC20'],
  solana: ['sol', 'SOL', 'SPL'],
};

function chainOf(
  currency: string,
  network: NetworkName,
): readonly [chain: string, displayName: string, base: string | null, protocol: string | null] {
  const token = TOKENS[network];
  const isToken = token !== undefined && token[1].toLowerCase() !== currency;
  if (!isToken) return [currency, currency.toUpperCase(), null, null];
  const [prefix, base, protocol] = token;
  const chain = network === 'ethereum' && currency === 'usdt' ? 'usdterc20' : `${prefix}${currency}`;
  return [chain, protocol, base, protocol];
}

function chainJson(currency: string, network: CoinNetwork): Json {
  const [chain, displayName, baseChain, baseChainProtocol] = chainOf(currency, network.network);
  return {
    chain,
    displayName,
    fullName: displayName,
    ...(baseChain === null ? {} : { baseChain, baseChainProtocol }),
    isDynamic: false,
    numOfConfirmations: network.unlockConfirmations,
    numOfFastConfirmations: network.confirmations,
    depositStatus: 'allowed',
    minDepositAmt: network.leastDeposit,
    withdrawStatus: 'allowed',
    minWithdrawAmt: network.leastWithdrawal,
    withdrawPrecision: network.withdrawalScale,
    maxWithdrawAmt: '1000000.00000000',
    withdrawQuotaPerDay: '1000000.00000000',
    withdrawQuotaPerYear: null,
    withdrawQuotaTotal: null,
    withdrawFeeType: 'fixed',
    transactFeeWithdraw: network.withdrawalFee,
    addrWithTag: network.needsMemo,
    addrDepositTag: network.needsMemo,
    contractAddress: network.contract,
  };
}

/** Of a key that may withdraw; answers with the number of the withdrawal. The amount and its fee have left at once. */
function withdraw(exchange: Exchange, call: AccountCall): number {
  const { parameters } = call.parameters;
  const currency = currencyFrom(call);
  const asked = parameters.optional('chain');
  parameters.required('address');
  const amount = parameters.requiredDecimal('amount');
  const networks = networksOf(currency.toUpperCase());
  const network =
    asked === undefined
      ? networks[0]
      : networks.find((one) => chainOf(currency, one.network)[0] === asked.toLowerCase());
  if (network === undefined) throw new HtxRefusal('dw-invalid-chain', 'invalid chain');
  if (exchange.account(call.accountId)?.permissions.withdraw !== true)
    throw new HtxRefusal('api-signature-not-valid', 'API key has no permission');
  if (amount.lessThan(decimal(network.leastWithdrawal)))
    throw new HtxRefusal('dw-withdraw-min-limit', 'withdraw amount is below the minimum');
  const all = amount.add(decimal(network.withdrawalFee)).negate();
  const done = exchange.deposit(call.at, call.accountId, 'spot', currency.toUpperCase(), all);
  if (!done.ok) throw new HtxRefusal('dw-insufficient-balance', 'Insufficient balance');
  return exchange.entries(call.accountId).at(-1)?.number ?? 0;
}

/** Newest first; each transfer once, by what left. */
function transferRecords(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): Json[] {
  const currency = parameters.optional('currency')?.toUpperCase();
  const from = parameters.optionalInteger('start_time') ?? 0;
  const to = parameters.optionalInteger('end_time') ?? Number.MAX_SAFE_INTEGER;
  const word = (wallet: WalletName | null): string => (wallet === 'swap' ? 'linear-swap' : (wallet ?? ''));
  return exchange
    .entries(accountId)
    .filter(
      ({ kind, amount, asset, at }) =>
        kind === 'transfer' &&
        amount.isNegative() &&
        (currency === undefined || asset === currency) &&
        at >= from &&
        at <= to,
    )
    .toReversed()
    .map(({ number, asset, amount, wallet, otherWallet, at }) => ({
      id: number,
      transfer_id: String(number),
      amount: amount.abs().toString(),
      currency: asset,
      status: 'success',
      from_account_type: word(wallet),
      to_account_type: word(otherWallet),
      from_asset_type: '',
      to_asset_type: '',
      transfer_time: at,
    }));
}
