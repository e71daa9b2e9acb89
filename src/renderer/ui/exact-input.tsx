import type { ComponentProps } from 'react';

/** For addresses, names and keys: nothing completes, capitalizes or corrects what is typed. */
export function ExactInput({ className = 'input', ...props }: ComponentProps<'input'>) {
  return (
    <input {...props} className={className} autoComplete="off" autoCapitalize="none" spellCheck={false} />
  );
}
