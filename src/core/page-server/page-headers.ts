import { DIAGRAM_FOLDER } from '../../shared/contract/diagram.ts';

/** Whatever is asked for. */
const sharedHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), microphone=(), geolocation=(), display-capture=(), hid=(), serial=(), usb=(), midi=(), payment=()',
  // Another program may have this port tomorrow, and a rebuilt page has the same names.
  'Cache-Control': 'no-cache',
};

/** The same page at other addresses of this computer. */
export type PageFrames = {
  /** Origins which it may show in a frame, to fetch what is kept there. */
  frames?: readonly string[];
  /** The one origin that may show it in a frame. */
  framedBy?: string;
};

/**
 * Sent with every answer. WebChat's WebSocket goes to the Gateway's forwarded port, which is any port of
 * 127.0.0.1; nothing else leaves the page.
 */
export const pageHeadersFor = ({ frames = [], framedBy }: PageFrames): Readonly<Record<string, string>> => ({
  ...sharedHeaders,
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    // Where diagrams are drawn.
    ["frame-src 'self'", ...frames].join(' '),
    "connect-src 'self' ws://127.0.0.1:*",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${framedBy ?? "'none'"}`,
  ].join('; '),
});

/**
 * For the frame that draws diagrams. The sandbox takes its origin away, so `'self'` would mean nothing and its own
 * scripts have to be allowed by address, and to be read from no origin.
 */
export const diagramHeaders = (origin: string): Readonly<Record<string, string>> => ({
  ...sharedHeaders,
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src ${origin}${DIAGRAM_FOLDER}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${origin}`,
    'sandbox allow-scripts',
  ].join('; '),
  'Access-Control-Allow-Origin': '*',
});
