/** Faster than this and a spinner would only flicker. */
const QUIET_MS = 150;

/**
 * A spinner on a terminal while `work` lasts, none where `stream` is no terminal. Settles as `work` does, and leaves
 * nothing behind on the line.
 */
export async function spinWhile<T>(options: {
  label: string;
  work: Promise<T>;
  stream: NodeJS.WriteStream;
  color: boolean;
}): Promise<T> {
  const { label, work, stream, color } = options;
  if (!stream.isTTY) return work;
  let isDone = false;
  let stop = () => {};
  const timer = setTimeout(async () => {
    const { default: yoctoSpinner } = await import('yocto-spinner');
    if (isDone) return;
    const spinner = yoctoSpinner({ text: label, stream, ...(color ? {} : { color: 'white' }) }).start();
    stop = () => spinner.stop();
  }, QUIET_MS);
  try {
    return await work;
  } finally {
    isDone = true;
    clearTimeout(timer);
    stop();
  }
}
