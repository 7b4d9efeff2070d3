/** The rights of a key as its venue states them, so that a key that may withdraw can be refused when it is entered. */

export interface KeyPermissions {
  readonly canRead: boolean;
  readonly canTradeSpot: boolean;
  readonly canTradeSwaps: boolean;
  readonly canWithdraw: boolean;
  /** Between the owner's own accounts and wallets. */
  readonly canTransfer: boolean;
  /** Whether the key works from named addresses only. */
  readonly restrictedToAddresses: boolean;
}
