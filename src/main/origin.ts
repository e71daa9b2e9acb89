/** True where `url` belongs to our page. Anything that is not a URL does not. */
export function isOnOrigin(url: string | undefined, origin: string): boolean {
  return url !== undefined && URL.canParse(url) && new URL(url).origin === origin;
}
