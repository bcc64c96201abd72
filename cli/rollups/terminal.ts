/** Where a command runs and what it says, so that tests can run it within their own process. */
export interface Terminal {
  cwd: string;
  /** Whether a person is there to answer. */
  asks: boolean;
  say(text: string): void;
}
