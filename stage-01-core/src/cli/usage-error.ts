/** The command line cannot be understood; the program did nothing. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
  /** Whether the person seems to look for the ways to call the program, not to have missed one of them. */
  readonly showHelp: boolean;

  constructor(message: string, { showHelp = false } = {}) {
    super(message);
    this.showHelp = showHelp;
  }
}
