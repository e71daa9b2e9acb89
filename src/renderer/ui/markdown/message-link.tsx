import type { ReactNode } from 'react';

type MessageLinkProps = { href?: string; children?: ReactNode; onOpenLink: (url: string) => boolean };

/** Leads outside or nowhere: an address of the Gateway's own (`/api/…`) means nothing on this page. */
export function MessageLink({ href, children, onOpenLink }: MessageLinkProps) {
  if (!href || !/^(https?|mailto):/i.test(href)) return <span>{children}</span>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      title={href}
      onClick={(event) => {
        if (onOpenLink(href)) event.preventDefault();
      }}
    >
      {children}
    </a>
  );
}
