import ipaddr from 'ipaddr.js';

/** True for `localhost` and every loopback address, as `URL.hostname` writes them. */
function isLoopbackName(hostname: string): boolean {
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || (ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback');
}

/**
 * A Host header that names this computer. Any port passes: an SSH forward may use another one. A page of a
 * rebound DNS name sends its own name here, and does not pass.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  const url = host === undefined || host === '' ? null : URL.parse(`http://${host}/`);
  return url !== null && url.username === '' && url.pathname === '/' && isLoopbackName(url.hostname);
}

/** An Origin of a page that this computer itself serves, on any port. */
export function isLoopbackOrigin(origin: string): boolean {
  const url = URL.parse(origin);
  return (
    url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && isLoopbackName(url.hostname)
  );
}
