/** A child process that carries the embedded Gateway, whatever started it. */
export type ChildHandle = {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Once. Also when the process could not be started at all; then both are null. */
  onExit(listener: (code: number | null, signal: string | null) => void): void;
  /** At once, without asking. */
  kill(): void;
  /** The end of what it wrote to stderr, for a log. */
  errorTail?(): string;
};

/**
 * Starts one child; it does nothing until it gets its first message. `secrets` are those of that message: no variable
 * that holds one goes along. May throw.
 */
export type ChildLauncher = (context: { readonly secrets: readonly string[] }) => ChildHandle;
