import { DIAGRAM_FOLDER } from '../../shared/contract/diagram.ts';

/**
 * Sent with every answer. WebChat's WebSocket goes to the Gateway's forwarded port, which is any port of
 * 127.0.0.1; nothing else leaves the page.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    // Of which there is one: where diagrams are drawn.
    "frame-src 'self'",
    "connect-src 'self' ws://127.0.0.1:*",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), microphone=(), geolocation=(), display-capture=(), hid=(), serial=(), usb=(), midi=(), payment=()',
  // Another program may have this port tomorrow, and a rebuilt page has the same names.
  'Cache-Control': 'no-cache',
};

/**
 * For the frame that draws diagrams. The sandbox takes its origin away, so `'self'` would mean nothing and its own
 * scripts have to be allowed by address, and to be read from no origin.
 */
export const diagramHeaders = (origin: string): Readonly<Record<string, string>> => ({
  ...pageHeaders,
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
