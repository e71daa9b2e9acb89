import type { ComponentProps, ReactNode } from 'react';

type ButtonProps = ComponentProps<'button'> & {
  /** `primary`: the one thing to do here. `quiet`: no edge until it is pointed at. `danger`: hard to take back. */
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  size?: 'small' | 'normal';
};

export function Button({ look = 'plain', size = 'normal', className = '', ...props }: ButtonProps) {
  return <button type="button" className={`button is-${look} is-${size} ${className}`} {...props} />;
}

type IconButtonProps = Omit<ComponentProps<'button'>, 'children' | 'title'> & {
  /** Read aloud, and shown when the pointer rests on it. */
  label: string;
  /** Shown with the label, e.g. `Ctrl+,`. */
  shortcut?: string;
  icon: ReactNode;
};

export function IconButton({ label, shortcut, icon, className = '', ...props }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
      {...props}
    >
      {icon}
    </button>
  );
}
