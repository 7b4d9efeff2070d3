/** A start that cannot be, for a reason that the user can act on. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
