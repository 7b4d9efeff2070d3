/** The written forms of a symbol: `BTC/USDT`, `BTC-USDT`, and for swaps `BTC/USDT:USDT`, `BTC-USDT:USDT`, `BTC-USDT-SWAP`. */
import { instrumentSymbol, type InstrumentSymbol } from '../core/ids.ts';

const FORMS = /^([\p{L}\p{N}$._]{1,32})[/-]([\p{L}\p{N}]{1,16})(?::([\p{L}\p{N}]{1,16})|-(SWAP))?$/u;

/** The unified symbol; null for what is in none of the forms. */
export function parseSymbol(text: string): InstrumentSymbol | null {
  const match = FORMS.exec(text.toUpperCase());
  if (match === null) return null;
  const [, base, quote, settle, swap] = match;
  const suffix = settle === undefined ? (swap === undefined ? '' : `:${quote}`) : `:${settle}`;
  return instrumentSymbol(`${base}/${quote}${suffix}`);
}
